package dev.plinth.kit.tree;

import dev.plinth.kit.memtable.Memtable;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.EngineTraits;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Checks the sizes of a batch's keys and values and adds up what it needs. Not thread-safe.
public final class BatchCheck implements BatchVisitor {
  private @Nullable EngineTraits traits;
  private long bytes;
  private long pointingBytes;
  private long count;
  private boolean deletesOnly;

  /// Begins a batch.
  ///
  /// @param limits what keys and values must keep to
  public void start(EngineTraits limits) {
    traits = limits;
    bytes = 0;
    pointingBytes = 0;
    count = 0;
    deletesOnly = true;
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    limits().requireKey(keyLength);
    limits().requireValue(valueLength);
    deletesOnly = false;
    bytes += Memtable.entryBytesMax(keyLength, valueLength);
    pointingBytes += LogPlace.entryBytesMax(keyLength, valueLength);
    count++;
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    limits().requireKey(keyLength);
    bytes += Memtable.entryBytesMax(keyLength, 0);
    pointingBytes += Memtable.entryBytesMax(keyLength, 0);
    count++;
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    limits().requireKey(Math.max(1, fromLength));
    limits().requireKey(Math.max(1, toLength));
    count++;
  }

  /// What the operations need of a memtable.
  public long bytes() {
    return bytes;
  }

  /// What they need of a memtable that has places in the log for values.
  public long pointingBytes() {
    return pointingBytes;
  }

  /// Whether there is no put among the operations.
  public boolean deletesOnly() {
    return deletesOnly;
  }

  /// How many operations there are.
  public long count() {
    return count;
  }

  private EngineTraits limits() {
    return Objects.requireNonNull(traits, "started");
  }
}
