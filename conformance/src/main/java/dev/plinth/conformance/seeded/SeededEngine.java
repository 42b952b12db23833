package dev.plinth.conformance.seeded;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// An engine with one of the bugs of [SeededBug].
final class SeededEngine implements Engine {
  private final Engine engine;
  private final SeededBug bug;
  private byte[] hiddenKey = new byte[0];
  private byte[] hiddenValue = new byte[0];

  SeededEngine(Engine engine, SeededBug bug) {
    this.engine = engine;
    this.bug = bug;
  }

  @Override
  public EngineTraits traits() {
    return engine.traits();
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    if (bug == SeededBug.BATCH_NOT_ATOMIC && batch.count() > 1) {
      batch.forEach(new OneByOne());
      WriteBatch rest = new WriteBatch();
      if (batch.group() >= 0) {
        rest.applied(batch.group(), batch.appliedIndex());
        engine.write(rest, durability);
      } else if (durability == Durability.SYNCED) {
        engine.flush();
      }
      return engine.sequence();
    }
    return engine.write(batch, durability);
  }

  private final class OneByOne implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      engine.put(
          segment, keyOffset, keyLength, segment, valueOffset, valueLength, Durability.WRITTEN);
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      engine.delete(segment, keyOffset, keyLength, Durability.WRITTEN);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
      engine.write(
          new WriteBatch()
              .deleteRange(segment, fromOffset, fromLength, segment, toOffset, toLength),
          Durability.WRITTEN);
    }
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
    return engine.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    byte[] deleted = key.asSlice(keyOffset, keyLength).toArray(ValueLayout.JAVA_BYTE);
    byte[] value = engine.get(deleted);
    if (value != null) {
      hiddenKey = deleted;
      hiddenValue = value;
    }
    return engine.delete(key, keyOffset, keyLength, durability);
  }

  @Override
  public void compact(KeyRange range) {
    engine.compact(range);
    boolean dropped = bug == SeededBug.TOMBSTONE_DROPPED_EARLY && hiddenKey.length > 0;
    if (dropped && engine.get(hiddenKey) == null) {
      engine.put(hiddenKey, hiddenValue, Durability.WRITTEN);
    }
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return engine.deleteRange(range, durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return engine.read(key, offset, length, visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return engine.copy(key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return engine.cursor(range);
  }

  @Override
  public Snapshot snapshot() {
    Snapshot snapshot = engine.snapshot();
    return bug == SeededBug.SNAPSHOT_NOT_FROZEN ? new LiveSnapshot(engine, snapshot) : snapshot;
  }

  /// Shows the newest state.
  private record LiveSnapshot(Engine engine, Snapshot frozen) implements Snapshot {
    @Override
    public long sequence() {
      return frozen.sequence();
    }

    @Override
    public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
      return engine.read(key, offset, length, visitor);
    }

    @Override
    public long copy(
        MemorySegment key,
        long offset,
        int length,
        MemorySegment target,
        long targetOffset,
        long targetLength) {
      return engine.copy(key, offset, length, target, targetOffset, targetLength);
    }

    @Override
    public Cursor cursor(KeyRange range) {
      return engine.cursor(range);
    }

    @Override
    public void close() {
      frozen.close();
    }
  }

  @Override
  public long sequence() {
    return engine.sequence();
  }

  @Override
  public long flush() {
    return engine.flush();
  }

  @Override
  public void requestFlush() {
    engine.requestFlush();
  }

  @Override
  public long durableSequence() {
    return bug == SeededBug.DURABLE_TOO_EARLY ? engine.sequence() : engine.durableSequence();
  }

  @Override
  public long appliedIndex(long group) {
    return engine.appliedIndex(group);
  }

  @Override
  public long durableAppliedIndex(long group) {
    return engine.durableAppliedIndex(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return engine.onDurable(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    return engine.ingest(source);
  }

  @Override
  public void checkpoint(Path directory) {
    engine.checkpoint(directory);
  }

  @Override
  public void settle() {
    engine.settle();
  }

  @Override
  public Verification verify() {
    return engine.verify();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return engine.approximateBytes(range);
  }

  @Override
  public EngineStats stats() {
    return engine.stats();
  }

  @Override
  public void close() {
    engine.close();
  }
}
