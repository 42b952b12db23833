package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The memory that the tree's writer works in: keys, a payload, pages being built. Only the thread
/// that holds the writer's role may touch it.
final class WriterMemory implements AutoCloseable {
  /// More levels than any tree of these pages has.
  static final int LEVELS_MAX = 24;

  private static final int KEYS = 9;
  private static final int PAGES = 4;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final int keyBytes;
  private final int pageBytes;

  WriterMemory(int pageBytes) {
    this.keyBytes = pageBytes;
    this.pageBytes = pageBytes;
    this.segment =
        arena.allocate((long) KEYS * keyBytes + (PAGES + LEVELS_MAX) * (long) pageBytes, 64);
    RawMemory.declare(segment.address(), segment.byteSize());
  }

  /// Room for a key or a payload.
  ///
  /// @param index 0 to 8
  long key(int index) {
    return segment.address() + (long) index * keyBytes;
  }

  /// Room for a page.
  ///
  /// @param index 0 to 3
  long page(int index) {
    return segment.address() + (long) KEYS * keyBytes + (long) index * pageBytes;
  }

  /// Room for one page of each level of the tree.
  long level(int level) {
    return page(PAGES + level);
  }

  MemorySegment segment() {
    return segment;
  }

  /// Where an address is in [#segment].
  long offset(long address) {
    return address - segment.address();
  }

  @Override
  public void close() {
    RawMemory.retract(segment.address());
    arena.close();
  }
}
