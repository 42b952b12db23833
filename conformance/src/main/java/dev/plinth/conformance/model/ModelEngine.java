package dev.plinth.conformance.model;

import dev.plinth.spi.BatchVisitor;
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
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A sorted map on the heap behind the SPI: the plainest thing that answers as an engine should,
/// and the upper bound of what any engine can reach.
///
/// It keeps nothing: what must be durable is [StorageException.Unsupported]. A subclass that
/// records every batch in [#record] and replays it with [#replay] is a durable engine. Threads:
/// any; one monitor guards everything.
public class ModelEngine implements Engine {
  private static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EngineTraits traits;
  private final Map<Long, Long> applied = new HashMap<>();
  private final List<DurabilityListener> listeners = new CopyOnWriteArrayList<>();
  private NavigableMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
  private boolean shared;
  private boolean closed;
  private long sequence;
  private long userBytes;
  private long reads;
  private int leases;

  /// An empty engine with these limits.
  public ModelEngine(EngineTraits traits) {
    this.traits = traits;
  }

  /// Called with the monitor held before a batch takes effect; when it throws, the batch does not.
  protected void record(WriteBatch batch, long batchSequence, Durability durability) {
    if (durability == Durability.SYNCED) {
      throw new StorageException.Unsupported("the model engine keeps nothing: use WRITTEN");
    }
  }

  /// Called with the monitor held: makes everything durable.
  protected void sync() {
    throw new StorageException.Unsupported("the model engine keeps nothing and cannot flush");
  }

  /// Called once with the monitor held, when the engine is closed.
  protected void release() {}

  /// Takes a batch that was recorded earlier.
  protected final synchronized void replay(WriteBatch batch, long batchSequence) {
    apply(batch);
    sequence = Math.max(sequence, batchSequence);
  }

  /// Every entry as puts of one batch.
  protected final synchronized WriteBatch contents() {
    WriteBatch batch = new WriteBatch();
    entries.forEach(batch::put);
    return batch;
  }

  /// The applied index of every group.
  protected final synchronized Map<Long, Long> appliedIndexes() {
    return new HashMap<>(applied);
  }

  /// Those who want to hear of durability.
  protected final List<DurabilityListener> listeners() {
    return listeners;
  }

  @Override
  public EngineTraits traits() {
    return traits;
  }

  @Override
  public synchronized long write(WriteBatch batch, Durability durability) {
    requireOpen();
    if (batch.isEmpty()) {
      return sequence;
    }
    traits.requireBatch(batch.bytes());
    batch.forEach(new Limits());
    record(batch, sequence + 1, durability);
    apply(batch);
    userBytes += batch.userBytes();
    return ++sequence;
  }

  private final class Limits implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      traits.requireKey(keyLength);
      traits.requireValue(valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      traits.requireKey(keyLength);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {}
  }

  private void apply(WriteBatch batch) {
    if (shared) {
      NavigableMap<byte[], byte[]> copy = new TreeMap<>(Arrays::compareUnsigned);
      copy.putAll(entries);
      entries = copy;
      shared = false;
    }
    batch.forEach(
        new BatchVisitor() {
          @Override
          public void put(MemorySegment memory, long key, int keyLength, long value, int length) {
            entries.put(bytes(memory, key, keyLength), bytes(memory, value, length));
          }

          @Override
          public void delete(MemorySegment memory, long key, int keyLength) {
            entries.remove(bytes(memory, key, keyLength));
          }

          @Override
          public void deleteRange(
              MemorySegment memory, long from, int length, long to, int toLength) {
            removeRange(
                length == 0 ? null : bytes(memory, from, length),
                toLength == 0 ? null : bytes(memory, to, toLength));
          }
        });
    if (batch.group() != WriteBatch.NO_GROUP) {
      applied.put(batch.group(), batch.appliedIndex());
    }
  }

  private void removeRange(byte @Nullable [] from, byte @Nullable [] to) {
    KeyRange range = KeyRange.of(from, to);
    entries.keySet().removeIf(range::contains);
  }

  static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
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
    traits.requireKey(keyLength);
    traits.requireValue(valueLength);
    WriteBatch batch = new WriteBatch();
    batch.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
    return write(batch, durability);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits.requireKey(keyLength);
    return write(new WriteBatch().delete(key, keyOffset, keyLength), durability);
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return write(new WriteBatch().deleteRange(range), durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    byte[] value;
    synchronized (this) {
      requireOpen();
      traits.requireKey(length);
      reads++;
      value = entries.get(bytes(key, offset, length));
    }
    return ModelView.show(value, visitor);
  }

  @Override
  public synchronized long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    requireOpen();
    traits.requireKey(length);
    reads++;
    return ModelView.copy(
        entries.get(bytes(key, offset, length)), target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return new ModelCursor(share(), range, this::unlease);
  }

  @Override
  public Snapshot snapshot() {
    synchronized (this) {
      NavigableMap<byte[], byte[]> map = share();
      return new ModelView(map, sequence, traits, this::unlease);
    }
  }

  private synchronized NavigableMap<byte[], byte[]> share() {
    requireOpen();
    shared = true;
    leases++;
    return Collections.unmodifiableNavigableMap(entries);
  }

  private synchronized void unlease() {
    leases--;
    notifyAll();
  }

  @Override
  public synchronized long sequence() {
    return sequence;
  }

  @Override
  public synchronized long flush() {
    requireOpen();
    sync();
    return sequence;
  }

  @Override
  public void requestFlush() {
    flush();
  }

  @Override
  public long durableSequence() {
    return 0;
  }

  @Override
  public synchronized long appliedIndex(long group) {
    return applied.getOrDefault(group, -1L);
  }

  @Override
  public long durableAppliedIndex(long group) {
    return -1;
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    WriteBatch batch = new WriteBatch();
    byte[] last = null;
    while (source.next()) {
      byte[] key = bytes(source.keySegment(), source.keyOffset(), source.keyLength());
      if (last != null && Arrays.compareUnsigned(last, key) >= 0) {
        throw new IllegalArgumentException("ingested keys must ascend strictly");
      }
      last = key;
      batch.put(key, bytes(source.valueSegment(), source.valueOffset(), source.valueLength()));
    }
    return write(batch, Durability.SYNCED);
  }

  @Override
  public void checkpoint(Path directory) {
    throw new StorageException.Unsupported("the model engine keeps nothing: no checkpoint");
  }

  @Override
  public void compact(KeyRange range) {
    requireOpen();
  }

  @Override
  public void settle() {
    requireOpen();
  }

  @Override
  public synchronized Verification verify() {
    requireOpen();
    return new Verification(0, 0, entries.size());
  }

  @Override
  public synchronized long approximateBytes(KeyRange range) {
    requireOpen();
    long bytes = 0;
    for (Map.Entry<byte[], byte[]> entry : entries.entrySet()) {
      if (range.contains(entry.getKey())) {
        bytes += entry.getKey().length + (long) entry.getValue().length;
      }
    }
    return bytes;
  }

  @Override
  public synchronized EngineStats stats() {
    requireOpen();
    long live = approximateBytes(KeyRange.all());
    return new EngineStats(
        ledger(),
        userBytes,
        entries.size(),
        live,
        diskBytes(),
        reads,
        0,
        0,
        0,
        0,
        0,
        0,
        new TreeMap<>());
  }

  /// Bytes handed to files.
  protected ByteLedger ledger() {
    return ByteLedger.EMPTY;
  }

  /// Bytes of files.
  protected long diskBytes() {
    return 0;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    long deadline = System.nanoTime() + CLOSE_WAIT_NANOS;
    int open = awaitLeases(deadline);
    closed = true;
    release();
    if (open > 0) {
      throw new StorageException.Closed(open + " snapshots or cursors were open at close");
    }
  }

  private int awaitLeases(long deadline) {
    boolean interrupted = Thread.interrupted();
    while (leases > 0 && System.nanoTime() < deadline) {
      try {
        wait(50);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return leases;
  }

  /// Refuses the use of a closed engine.
  protected final synchronized void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the engine was closed");
    }
  }
}
