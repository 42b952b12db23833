package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.SlabPool;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A buffer in which a stretch of an append file is encoded, and from which it is written and read
/// until a mapping takes its place. Chunks form a list in commit order.
///
/// `filled`, `sequence` and `next` are published by the appender; `written` and `applied` belong to
/// the commit lock. A batch lies in one chunk as a whole.
final class Chunk {
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

  /// The offset in the file behind what it holds.
  long fileEnd() {
    return start + filled;
  }
}
