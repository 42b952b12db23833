package dev.plinth.bench.noop;

import dev.plinth.bench.bound.BoundEngine;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/// Takes every write and keeps none; every read finds a value as long as the caller's buffer, whose
/// bytes are left as they are. For measuring the harness and nothing else.
final class NoopEngine extends BoundEngine {
  private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]).asReadOnly();

  NoopEngine() {
    super(NoopEngineProvider.NAME);
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    return 0;
  }

  @Override
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    return 0;
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    return 0;
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return 0;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    visitor.value(EMPTY, 0, 0);
    return true;
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return targetLength;
  }

  @Override
  public Cursor cursor(KeyRange range) {
    throw unsupported("cursors");
  }

  @Override
  public long sequence() {
    return 0;
  }

  @Override
  public long flush() {
    return 0;
  }

  @Override
  public void requestFlush() {}

  @Override
  public Verification verify() {
    return new Verification(0, 0, 0);
  }

  @Override
  public EngineStats stats() {
    return new EngineStats(ByteLedger.EMPTY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, new TreeMap<>());
  }

  @Override
  public void close() {}
}
