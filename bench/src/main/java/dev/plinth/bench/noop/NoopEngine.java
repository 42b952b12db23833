package dev.plinth.bench.noop;

import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.TreeMap;

/// Takes every write and keeps none; every read finds a value as long as the caller's buffer, whose
/// bytes are left as they are. For measuring the harness and nothing else.
final class NoopEngine implements Engine {
  private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]).asReadOnly();
  private static final Registration NOT_REGISTERED = () -> {};

  @Override
  public EngineTraits traits() {
    return NoopEngineProvider.TRAITS;
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
    throw unsupported("a cursor");
  }

  @Override
  public Snapshot snapshot() {
    throw unsupported("a snapshot");
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
  public long durableSequence() {
    return 0;
  }

  @Override
  public long appliedIndex(long group) {
    return -1;
  }

  @Override
  public long durableAppliedIndex(long group) {
    return -1;
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return NOT_REGISTERED;
  }

  @Override
  public long ingest(EntrySource source) {
    throw unsupported("an ingestion");
  }

  @Override
  public void checkpoint(Path directory) {
    throw unsupported("a checkpoint");
  }

  @Override
  public void compact(KeyRange range) {}

  @Override
  public void settle() {}

  @Override
  public Verification verify() {
    return new Verification(0, 0, 0);
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return 0;
  }

  @Override
  public EngineStats stats() {
    return new EngineStats(ByteLedger.EMPTY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, new TreeMap<>());
  }

  @Override
  public void close() {}

  private static StorageException unsupported(String what) {
    return new StorageException.Unsupported(
        NoopEngineProvider.NAME
            + " keeps no data, so it cannot give "
            + what
            + "; take another engine");
  }
}
