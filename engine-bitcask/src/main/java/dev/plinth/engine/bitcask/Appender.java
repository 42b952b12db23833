package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/// Gives batches their sequence numbers and encodes them behind one another: the order of commits.
///
/// Any thread may append; appends take turns under a lock that is held for a copy (packed, where
/// the option says so) and a checksum, and for the change to a new file once in a while. What was
/// appended is visible, written and durable when the [Committer] says so.
final class Appender {
  /// Provides append files and refuses writes.
  interface Supply {
    /// An empty append file, ready to be written behind its head.
    ///
    /// @param deletion whether it is for a write that frees space in the end
    DataFile nextFile(long baseSequence, boolean deletion);

    /// Makes room in an append file.
    ///
    /// @param needed the size it must get
    /// @param wanted the size it should get where there is space
    /// @param deletion whether it is for a write that frees space in the end
    /// @return the size it got
    long reserve(DataFile file, long needed, long wanted, boolean deletion);

    /// Throws when the engine takes no writes now.
    ///
    /// @param deletion whether the write frees space in the end
    void requireWritable(boolean deletion);
  }

  private static final AtomicLongFieldUpdater<Appender> SEQUENCE =
      AtomicLongFieldUpdater.newUpdater(Appender.class, "sequence");

  private final TurnLock lock = new TurnLock();
  private final Supply supply;
  private final SlabPool slabs;
  private final long fileBytesMax;
  private final ValuePacker packer;
  private final BatchEncoder encoder = new BatchEncoder();
  private final MemorySegment appliedBytes = Arena.ofAuto().allocate(16, 8);

  private @Nullable Chunk tail;
  private volatile @Nullable Chunk first;
  private volatile long sequence;
  private volatile Watermark synced = Watermark.NONE;
  private Watermark recorded = Watermark.NONE;

  Appender(Supply supply, SlabPool slabs, long fileBytesMax, ValuePacker packer, long sequence) {
    this.supply = supply;
    this.slabs = slabs;
    this.fileBytesMax = fileBytesMax;
    this.packer = packer;
    this.sequence = sequence;
  }

  /// The first chunk ever appended to, or null.
  @Nullable Chunk first() {
    return first;
  }

  /// The newest sequence number given out.
  long sequence() {
    return sequence;
  }

  /// How far the append files are synced; the next batch records it.
  void synced(Watermark watermark) {
    synced = watermark;
  }

  Watermark synced() {
    return synced;
  }

  /// The lock under which sequence numbers are given out.
  TurnLock lock() {
    return lock;
  }

  /// Skips to a sequence number given to an ingestion; the caller holds the lock.
  void advanceTo(long taken) {
    assert lock.isHeldByCurrentThread();
    sequence = taken;
  }

  /// Ends the file that is appended to, so that the next batch begins another; the caller holds the
  /// lock and no append may follow before the committer took the end over.
  @Nullable Chunk end() {
    assert lock.isHeldByCurrentThread();
    Chunk last = tail;
    tail = null;
    first = null;
    return last;
  }

  /// Appends one record as a batch of its own.
  ///
  /// @return its sequence number
  long append(
      int kind,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    lock.lock();
    try {
      supply.requireWritable(kind != RecordFormat.PUT);
      long bytes = RecordFormat.HEADER_BYTES_MAX + keyLength + (long) valueLength;
      Chunk chunk = room(bytes, kind != RecordFormat.PUT);
      packer.take(kind, value, valueOffset, valueLength);
      long next = sequence + 1;
      long at = markSynced(chunk);
      at =
          RecordFormat.write(
              chunk.memory,
              at,
              chunk.file.identity,
              chunk.start + at,
              kind,
              packer.code(),
              true,
              next - chunk.file.baseSequence,
              key,
              keyOffset,
              keyLength,
              packer.segment(),
              packer.offset(),
              packer.length());
      publish(chunk, at, next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  /// Appends a batch that is not empty.
  ///
  /// @return its sequence number
  long append(WriteBatch batch) {
    lock.lock();
    try {
      encoder.measure(batch);
      supply.requireWritable(!encoder.puts);
      Chunk chunk = room(encoder.bytes, !encoder.puts);
      long next = sequence + 1;
      long at = encoder.encode(batch, chunk, markSynced(chunk), next);
      publish(chunk, at, next);
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void publish(Chunk chunk, long filled, long next) {
    chunk.publish((int) filled, next);
    SEQUENCE.lazySet(this, next);
  }

  private long markSynced(Chunk chunk) {
    Watermark watermark = synced;
    if (watermark.compareTo(recorded) <= 0) {
      return chunk.filled;
    }
    recorded = watermark;
    return RecordFormat.writeWatermark(
        chunk.memory, chunk.filled, chunk.file.identity, chunk.start + chunk.filled, watermark);
  }

  /// The chunk in which so many bytes, and a watermark, find room.
  private Chunk room(long bytes, boolean deletion) {
    long needed = bytes + RecordFormat.WATERMARK_BYTES;
    Chunk current = tail;
    if (current != null && current.capacity - current.filled >= needed) {
      return current;
    }
    if (current == null || current.fileEnd() + needed > fileBytesMax) {
      return addChunk(
          supply.nextFile(sequence, deletion), DataFileFormat.HEADER_BYTES, needed, deletion);
    }
    return addChunk(current.file, current.fileEnd(), needed, deletion);
  }

  private Chunk addChunk(DataFile file, long start, long needed, boolean deletion) {
    long usual = Math.min(slabs.slabBytes(), fileBytesMax - start);
    long got = supply.reserve(file, start + needed, start + Math.max(needed, usual), deletion);
    int capacity = Math.toIntExact(got - start);
    SlabPool.Slab slab =
        capacity <= slabs.slabBytes() ? slabs.acquire() : slabs.acquireLarge(capacity);
    Chunk added = new Chunk(file, start, capacity, slab, sequence);
    file.addWindow(new Window(start, added.memory));
    Chunk current = tail;
    if (current == null) {
      first = added;
    } else {
      current.next = added;
    }
    tail = added;
    return added;
  }

  /// Encodes the operations of a batch; used under the lock.
  private final class BatchEncoder implements BatchVisitor {
    private long bytes;
    private boolean puts;
    private boolean measuring;
    private @Nullable Chunk chunk;
    private long at;
    private long delta;
    private int left;

    void measure(WriteBatch batch) {
      bytes = batch.group() == WriteBatch.NO_GROUP ? 0 : RecordFormat.APPLIED_BYTES_MAX;
      puts = false;
      measuring = true;
      batch.forEach(this);
    }

    long encode(WriteBatch batch, Chunk into, long from, long next) {
      measuring = false;
      chunk = into;
      at = from;
      delta = next - into.file.baseSequence;
      left = batch.count();
      if (batch.group() != WriteBatch.NO_GROUP) {
        left++;
        appliedBytes.set(Layouts.LONG, 0, batch.group());
        appliedBytes.set(Layouts.LONG, 8, batch.appliedIndex());
        add(RecordFormat.APPLIED, appliedBytes, 0, 8, 8, 8);
      }
      batch.forEach(this);
      chunk = null;
      return at;
    }

    @Override
    public void put(MemorySegment segment, long key, int keyLength, long value, int valueLength) {
      puts = true;
      add(RecordFormat.PUT, segment, key, keyLength, value, valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long key, int keyLength) {
      add(RecordFormat.DELETE, segment, key, keyLength, key, 0);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long from, int fromLength, long to, int toLength) {
      add(RecordFormat.RANGE, segment, from, fromLength, to, toLength);
    }

    private void add(
        int kind, MemorySegment segment, long key, int keyLength, long value, int valueLength) {
      if (measuring) {
        bytes += RecordFormat.HEADER_BYTES_MAX + keyLength + (long) valueLength;
        return;
      }
      Chunk into = Objects.requireNonNull(chunk);
      left--;
      packer.take(kind, segment, value, valueLength);
      at =
          RecordFormat.write(
              into.memory,
              at,
              into.file.identity,
              into.start + at,
              kind,
              packer.code(),
              left == 0,
              delta,
              segment,
              key,
              keyLength,
              packer.segment(),
              packer.offset(),
              packer.length());
    }
  }
}
