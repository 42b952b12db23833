package dev.plinth.conformance.seeded;

import dev.plinth.conformance.model.Key;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/// An engine with one of the bugs of [SeededBug].
final class SeededEngine implements Engine {
  /// How long a step that should be one is left open, so that others come in between.
  private static final long RACE_NANOS = 50_000;

  private final Engine engine;
  private final SeededBug bug;
  private final LongSupplier clockMillis;
  private final Map<Key, byte[]> cache = new HashMap<>();
  private final OwnView ownView = new OwnView();
  private final AtomicInteger writers = new AtomicInteger();
  private byte[] hiddenKey = new byte[0];
  private byte[] hiddenValue = new byte[0];
  private long lastMillis = Long.MIN_VALUE;
  private boolean closed;

  SeededEngine(Engine engine, SeededBug bug, LongSupplier clockMillis) {
    this.engine = engine;
    this.bug = bug;
    this.clockMillis = clockMillis;
  }

  @Override
  public EngineTraits traits() {
    return engine.traits();
  }

  @Override
  public long write(WriteBatch batch, Durability asked) {
    Durability durability = weaker(asked);
    return switch (bug) {
      case BATCH_NOT_ATOMIC ->
          batch.count() > 1 ? writeApart(batch, durability) : plain(batch, durability);
      case APPLIED_INDEX_APART -> {
        if (batch.group() >= 0 && !batch.isEmpty()) {
          WriteBatch index = new WriteBatch().applied(batch.group(), batch.appliedIndex());
          engine.write(index, Durability.WRITTEN);
        }
        yield plain(batch, durability);
      }
      case FIRST_OF_BATCH_WINS -> plain(reversed(batch), durability);
      case BATCH_SEEN_IN_HALVES ->
          batch.count() > 1 ? writeInHalves(batch, durability) : plain(batch, durability);
      case UPDATE_LOST_IN_RACE -> writeInRace(batch, durability);
      case STALE_IN_OTHER_THREADS -> {
        ownView.forget();
        yield plain(batch, durability);
      }
      default -> plain(batch, durability);
    };
  }

  private long plain(WriteBatch batch, Durability durability) {
    return engine.write(batch, durability);
  }

  private long writeApart(WriteBatch batch, Durability durability) {
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

  private long writeInHalves(WriteBatch batch, Durability durability) {
    List<WriteBatch> single = singles(batch);
    WriteBatch first = new WriteBatch();
    single.subList(0, single.size() - 1).forEach(one -> one.forEach(new CopyTo(first)));
    engine.write(first, durability);
    LockSupport.parkNanos(RACE_NANOS);
    WriteBatch last = single.getLast();
    return engine.write(
        batch.group() >= 0 ? last.applied(batch.group(), batch.appliedIndex()) : last, durability);
  }

  private long writeInRace(WriteBatch batch, Durability durability) {
    boolean alone = writers.incrementAndGet() == 1;
    try {
      LockSupport.parkNanos(RACE_NANOS);
      return alone ? plain(batch, durability) : engine.sequence();
    } finally {
      writers.decrementAndGet();
    }
  }

  /// The same operations, each in a batch of its own.
  private static List<WriteBatch> singles(WriteBatch batch) {
    List<WriteBatch> single = new ArrayList<>();
    batch.forEach(
        new BatchVisitor() {
          @Override
          public void put(
              MemorySegment segment,
              long keyOffset,
              int keyLength,
              long valueOffset,
              int valueLength) {
            single.add(
                new WriteBatch()
                    .put(segment, keyOffset, keyLength, segment, valueOffset, valueLength));
          }

          @Override
          public void delete(MemorySegment segment, long keyOffset, int keyLength) {
            single.add(new WriteBatch().delete(segment, keyOffset, keyLength));
          }

          @Override
          public void deleteRange(
              MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
            single.add(
                new WriteBatch()
                    .deleteRange(segment, fromOffset, fromLength, segment, toOffset, toLength));
          }
        });
    return single;
  }

  /// The same operations, the last one first.
  private static WriteBatch reversed(WriteBatch batch) {
    WriteBatch turned = new WriteBatch();
    for (WriteBatch one : singles(batch).reversed()) {
      one.forEach(new CopyTo(turned));
    }
    if (batch.group() >= 0) {
      turned.applied(batch.group(), batch.appliedIndex());
    }
    return turned;
  }

  /// Adds what it is shown to a batch.
  private record CopyTo(WriteBatch to) implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      to.put(segment, keyOffset, keyLength, segment, valueOffset, valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      to.delete(segment, keyOffset, keyLength);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
      to.deleteRange(segment, fromOffset, fromLength, segment, toOffset, toLength);
    }
  }

  private Durability weaker(Durability asked) {
    return switch (bug) {
      case SYNCED_IS_ONLY_WRITTEN -> asked == Durability.SYNCED ? Durability.WRITTEN : asked;
      case WRITTEN_IS_ONLY_BUFFERED -> asked == Durability.WRITTEN ? Durability.BUFFERED : asked;
      default -> asked;
    };
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
    if (bug == SeededBug.EMPTY_VALUE_IS_NONE && valueLength == 0) {
      return engine.delete(key, keyOffset, keyLength, durability);
    }
    if (bug == SeededBug.CLOCK_BACKWARDS_LOSES && isBackwards()) {
      return engine.delete(key, keyOffset, keyLength, durability);
    }
    cache.remove(Key.of(bytes(key, keyOffset, keyLength)));
    return engine.put(
        key, keyOffset, keyLength, value, valueOffset, valueLength, weaker(durability));
  }

  private boolean isBackwards() {
    long now = clockMillis.getAsLong();
    boolean backwards = now < lastMillis;
    lastMillis = Math.max(now, lastMillis);
    return backwards;
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    byte[] deleted = key.asSlice(keyOffset, keyLength).toArray(ValueLayout.JAVA_BYTE);
    byte[] value = engine.get(deleted);
    if (value != null) {
      hiddenKey = deleted;
      hiddenValue = value;
    }
    cache.remove(Key.of(deleted));
    return engine.delete(key, keyOffset, keyLength, weaker(durability));
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
    byte[] to = range.to();
    if (bug == SeededBug.RANGE_END_DELETED && to != null && to.length > 0) {
      engine.delete(to, durability);
    }
    return engine.deleteRange(range, weaker(durability));
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    if (bug == SeededBug.CLOSED_ENGINE_ANSWERS && closed) {
      return false;
    }
    if (bug == SeededBug.STALE_CACHE) {
      byte[] known = cache.get(Key.of(bytes(key, offset, length)));
      if (known != null) {
        visitor.value(MemorySegment.ofArray(known), 0, known.length);
        return true;
      }
      return engine.read(
          key,
          offset,
          length,
          (segment, at, bytes) -> {
            cache.put(Key.of(bytes(key, offset, length)), bytes(segment, at, bytes));
            visitor.value(segment, at, bytes);
          });
    }
    return bug == SeededBug.STALE_IN_OTHER_THREADS
        ? ownView.read(engine, bytes(key, offset, length), visitor)
        : engine.read(key, offset, length, visitor);
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
    Cursor cursor = engine.cursor(range);
    return bug == SeededBug.CURSOR_NOT_FROZEN ? new LiveCursor(engine, range, cursor) : cursor;
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
    return bug == SeededBug.FLUSH_DOES_NOTHING ? engine.sequence() : engine.flush();
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
    return bug == SeededBug.APPLIED_DURABLE_TOO_EARLY
        ? engine.appliedIndex(group)
        : engine.durableAppliedIndex(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return engine.onDurable(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    if (bug != SeededBug.INGEST_NOT_DURABLE) {
      return engine.ingest(source);
    }
    while (source.next()) {
      engine.put(
          source.keySegment(),
          source.keyOffset(),
          source.keyLength(),
          source.valueSegment(),
          source.valueOffset(),
          source.valueLength(),
          Durability.WRITTEN);
    }
    return engine.sequence();
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
    closed = true;
    engine.close();
  }
}
