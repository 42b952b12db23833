package dev.plinth.peers;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
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
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/// A [HeapStore] behind the SPI. Single puts and deletes go to the store side by side, as its own
/// locks let them; a batch, a checkpoint and the taking of a snapshot have the store for
/// themselves, so that a batch is seen as a whole.
public final class HeapEngine extends PeerEngine<HeapSlot> {
  private final HeapStore store;
  private final StampedLock gate = new StampedLock();

  /// Puts an open store behind the SPI.
  ///
  /// @param nanos how long it took to open
  public HeapEngine(
      String name,
      PeerDirectory directory,
      EngineTraits traits,
      EngineEnvironment environment,
      HeapStore store,
      long nanos) {
    super(name, directory, traits, environment, HeapSlot::new);
    this.store = store;
    long last = 0;
    for (Map.Entry<Long, Long> number : store.numbers().entrySet()) {
      if (number.getKey() == GroupedWriter.SEQUENCE_KEY) {
        last = number.getValue();
      } else {
        applied().found(number.getKey(), number.getValue());
      }
    }
    opened(last, nanos);
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
    traits().requireKey(keyLength);
    traits().requireValue(valueLength);
    byte[] keyBytes = bytes(key, keyOffset, keyLength);
    byte[] valueBytes = bytes(value, valueOffset, valueLength);
    HeapSlot slot = slots().take();
    long stamp = gate.readLock();
    try {
      store.put(keyBytes, valueBytes, durability == Durability.SYNCED);
      slot.written(keyLength + (long) valueLength);
      return numbered(durability);
    } finally {
      gate.unlockRead(stamp);
      slots().give(slot);
    }
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits().requireKey(keyLength);
    byte[] keyBytes = bytes(key, keyOffset, keyLength);
    HeapSlot slot = slots().take();
    long stamp = gate.readLock();
    try {
      store.delete(keyBytes, durability == Durability.SYNCED);
      slot.written(keyLength);
      return numbered(durability);
    } finally {
      gate.unlockRead(stamp);
      slots().give(slot);
    }
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return write(new WriteBatch().deleteRange(range), durability);
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    traits().requireBatch(batch.bytes());
    HeapSlot slot = slots().take();
    try {
      if (batch.isEmpty()) {
        return sequence();
      }
      batch.forEach(limits());
      boolean numbered = batch.group() != WriteBatch.NO_GROUP;
      if (numbered && !store.keepsNumbers()) {
        throw new StorageException.Unsupported("this store cannot keep an applied index");
      }
      Map<Long, Long> numbers = numbered ? Map.of(batch.group(), batch.appliedIndex()) : Map.of();
      return writeAlone(batch, numbers, durability, slot);
    } finally {
      slots().give(slot);
    }
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return show(get(key, offset, length), visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return copyOut(get(key, offset, length), target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    beginLease();
    try {
      HeapView view = frozen();
      HeapWalk walk = view.walk();
      return new HeapCursor(this, range, walk, view::close);
    } catch (RuntimeException e) {
      endLease();
      throw e;
    }
  }

  @Override
  public Snapshot snapshot() {
    beginLease();
    long stamp = gate.writeLock();
    try {
      return new HeapSnapshot(this, store.freeze(), sequence());
    } catch (RuntimeException e) {
      endLease();
      throw e;
    } finally {
      gate.unlockWrite(stamp);
    }
  }

  @Override
  public long ingest(EntrySource source) {
    WriteBatch batch = new WriteBatch(traits().batchBytesMax());
    byte[] before = {};
    while (source.next()) {
      byte[] key = bytes(source.keySegment(), source.keyOffset(), source.keyLength());
      if (Arrays.compareUnsigned(before, key) >= 0) {
        throw new IllegalArgumentException("the keys to ingest do not ascend");
      }
      before = key;
      batch.put(
          source.keySegment(),
          source.keyOffset(),
          source.keyLength(),
          source.valueSegment(),
          source.valueOffset(),
          source.valueLength());
    }
    return write(batch, Durability.SYNCED);
  }

  @Override
  public void compact(KeyRange range) {
    leased(() -> store.compact(range));
  }

  @Override
  public void settle() {
    leased(store::settle);
  }

  @Override
  public long approximateBytes(KeyRange range) {
    long bytes = 0;
    try (Cursor cursor = cursor(range)) {
      while (cursor.next()) {
        bytes += cursor.keyLength() + (long) cursor.valueLength();
      }
    }
    return bytes;
  }

  @Override
  protected void sync() {
    store.sync();
  }

  @Override
  protected void finish() {
    if (store.keepsNumbers()) {
      store.write(new WriteBatch(), Map.of(GroupedWriter.SEQUENCE_KEY, lastSequence()), true);
    }
    store.sync();
  }

  @Override
  protected void free() {
    store.close();
  }

  @Override
  protected Figures figures(SortedMap<String, Long> details) {
    return store.figures(details);
  }

  @Override
  protected void copyTo(Path target) {
    PeerDirectory.create(target);
    long stamp = gate.writeLock();
    try {
      store.copyTo(target);
    } finally {
      gate.unlockWrite(stamp);
    }
  }

  @Override
  protected void check() {
    // The walk over all entries that follows reads every page through the store's own checks.
  }

  /// A copy on the heap.
  static byte[] bytes(MemorySegment segment, long offset, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    return copy;
  }

  static long copyOut(
      byte @Nullable [] value, MemorySegment target, long targetOffset, long targetLength) {
    if (value == null) {
      return -1;
    }
    if (value.length > targetLength) {
      return -2L - value.length;
    }
    MemorySegment.copy(value, 0, target, ValueLayout.JAVA_BYTE, targetOffset, value.length);
    return value.length;
  }

  boolean show(byte @Nullable [] value, ValueVisitor visitor) {
    if (value == null) {
      return false;
    }
    visitor.value(MemorySegment.ofArray(value).asReadOnly(), 0, value.length);
    return true;
  }

  private byte @Nullable [] get(MemorySegment key, long offset, int length) {
    traits().requireKey(length);
    HeapSlot slot = slots().take();
    try {
      slot.read();
      return getOutsideOfBatches(bytes(key, offset, length));
    } finally {
      slots().give(slot);
    }
  }

  /// Reads; again and with the gate held when a batch came between.
  private byte @Nullable [] getOutsideOfBatches(byte[] key) {
    long seen = gate.tryOptimisticRead();
    if (seen != 0) {
      byte[] value = store.get(key);
      if (gate.validate(seen)) {
        return value;
      }
    }
    long stamp = gate.readLock();
    try {
      return store.get(key);
    } finally {
      gate.unlockRead(stamp);
    }
  }

  private HeapView frozen() {
    long stamp = gate.writeLock();
    try {
      return store.freeze();
    } finally {
      gate.unlockWrite(stamp);
    }
  }

  private long writeAlone(
      WriteBatch batch, Map<Long, Long> numbers, Durability durability, HeapSlot slot) {
    long stamp = gate.writeLock();
    try {
      store.write(batch, numbers, durability == Durability.SYNCED);
      slot.written(batch.userBytes());
      numbers.forEach(applied()::applied);
      return numbered(durability);
    } finally {
      gate.unlockWrite(stamp);
    }
  }
}
