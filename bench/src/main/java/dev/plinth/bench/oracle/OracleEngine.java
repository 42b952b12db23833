package dev.plinth.bench.oracle;

import dev.plinth.bench.bound.BoundEngine;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// A hash map of byte arrays, and a skip list of them once range reads ask for order, written to a
/// file when it is closed so that cells can read what another has loaded. It is no store: a write
/// is BUFFERED at most, batches are not atomic, cursors see what is written meanwhile, and there
/// are no snapshots. Thread-safe.
final class OracleEngine extends BoundEngine {
  /// What an entry takes beside its bytes: two arrays' heads, the key's own, and nodes of both maps
  /// with a share of their index.
  private static final int ENTRY_OVERHEAD_BYTES = 160;

  private static final double HEAP_SHARE_MAX = 0.8;

  private final OracleMap map = new OracleMap();
  private final OracleFile file;
  private final double heapBytesMax;
  private final AtomicLong sequence = new AtomicLong();
  private final AtomicLong held = new AtomicLong();
  private final LongAdder reads = new LongAdder();
  private final LongAdder user = new LongAdder();

  /// @param heapBytes how large the Java heap may become
  OracleEngine(Path directory, long heapBytes) {
    super(OracleEngineProvider.NAME);
    this.file = new OracleFile(directory);
    this.heapBytesMax = heapBytes * HEAP_SHARE_MAX;
    file.read(this::keep);
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    requireBuffered(durability);
    batch.forEach(
        new BatchVisitor() {
          @Override
          public void put(MemorySegment s, long key, int keyLength, long value, int valueLength) {
            OracleEngine.this.put(s, key, keyLength, s, value, valueLength, durability);
          }

          @Override
          public void delete(MemorySegment s, long key, int keyLength) {
            OracleEngine.this.delete(s, key, keyLength, durability);
          }

          @Override
          public void deleteRange(MemorySegment s, long from, int fromLength, long to, int length) {
            OracleEngine.this.deleteRange(
                KeyRange.of(bytes(s, from, fromLength), bytes(s, to, length)), durability);
          }
        });
    return sequence.get();
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
    requireBuffered(durability);
    traits().requireKey(keyLength);
    traits().requireValue(valueLength);
    keep(bytes(key, keyOffset, keyLength), bytes(value, valueOffset, valueLength));
    user.add(keyLength + (long) valueLength);
    return sequence.incrementAndGet();
  }

  private void keep(byte[] key, byte[] value) {
    long added = key.length + (long) value.length + ENTRY_OVERHEAD_BYTES;
    if (held.get() + added > heapBytesMax) {
      throw new StorageException.LimitExceeded(
          "the map in memory is larger than four fifths of the heap; raise --heap or take fewer"
              + " --keys");
    }
    byte[] before = map.put(key, value);
    held.addAndGet(before == null ? added : value.length - (long) before.length);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    requireBuffered(durability);
    traits().requireKey(keyLength);
    byte[] name = bytes(key, keyOffset, keyLength);
    forget(name);
    user.add(keyLength);
    return sequence.incrementAndGet();
  }

  private void forget(byte[] key) {
    byte[] before = map.remove(key);
    if (before != null) {
      held.addAndGet(-key.length - (long) before.length - ENTRY_OVERHEAD_BYTES);
    }
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    requireBuffered(durability);
    OracleCursor.within(map.ordered(), range).keySet().forEach(this::forget);
    return sequence.incrementAndGet();
  }

  private static void requireBuffered(Durability durability) {
    if (durability != Durability.BUFFERED) {
      throw new StorageException.Unsupported(
          "the map in memory makes nothing durable; it is a bound for --durability buffered");
    }
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    byte[] found = map.get(bytes(key, offset, length));
    reads.increment();
    if (found != null) {
      visitor.value(MemorySegment.ofArray(found), 0, found.length);
    }
    return found != null;
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    byte[] found = map.get(bytes(key, offset, length));
    reads.increment();
    if (found == null) {
      return -1;
    }
    if (found.length > targetLength) {
      return -2L - found.length;
    }
    MemorySegment.copy(found, 0, target, ValueLayout.JAVA_BYTE, targetOffset, found.length);
    return found.length;
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return new OracleCursor(OracleCursor.within(map.ordered(), range));
  }

  @Override
  public long sequence() {
    return sequence.get();
  }

  @Override
  public long flush() {
    throw unsupported("flush");
  }

  @Override
  public void requestFlush() {
    throw unsupported("flush");
  }

  @Override
  public Verification verify() {
    return new Verification(0, 0, map.size());
  }

  @Override
  public EngineStats stats() {
    return new EngineStats(
        ByteLedger.of(new long[ByteCause.values().length]),
        user.sum(),
        map.size(),
        held.get() - (long) ENTRY_OVERHEAD_BYTES * map.size(),
        0,
        reads.sum(),
        0,
        0,
        0,
        held.get(),
        0,
        0,
        new TreeMap<>());
  }

  @Override
  public void close() {
    file.write(map);
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    return copy;
  }
}
