package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.SlabPool;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/// A buffer in which a stretch of an append file is encoded, and from which it is written and read
/// until a mapping takes its place. Chunks form a list in commit order.
///
/// `filled`, `sequence` and `next` are published by the appender; `written` and `applied` belong to
/// the commit lock. A batch lies in one chunk as a whole.
final class Chunk {
  private static final AtomicIntegerFieldUpdater<Chunk> FILLED =
      AtomicIntegerFieldUpdater.newUpdater(Chunk.class, "filled");
  private static final AtomicLongFieldUpdater<Chunk> SEQUENCE =
      AtomicLongFieldUpdater.newUpdater(Chunk.class, "sequence");

  final DataFile file;
  final long start;
  final int capacity;
  final SlabPool.Slab slab;
  final MemorySegment memory;

  /// Bytes that hold whole batches; grows before `sequence` does.
  volatile int filled;

  /// The sequence of the newest batch in it, or of the one before it.
  volatile long sequence;

  /// The chunk that follows; set when this one will not grow any more.
  volatile @Nullable Chunk next;

  int written;
  int applied;

  Chunk(DataFile file, long start, int capacity, SlabPool.Slab slab, long sequence) {
    this.file = file;
    this.start = start;
    this.capacity = capacity;
    this.slab = slab;
    this.memory = slab.segment();
    this.sequence = sequence;
  }

  /// Publishes a batch: who sees the sequence sees the bytes. No fence, since the lock that the
  /// appender gives back makes one.
  void publish(int newFilled, long newSequence) {
    FILLED.lazySet(this, newFilled);
    SEQUENCE.lazySet(this, newSequence);
  }

  /// The offset in the file behind what it holds.
  long fileEnd() {
    return start + filled;
  }
}
