package dev.plinth.engine.bitcask;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A list of numbers off-heap, in pieces, that only grows. Not thread-safe.
final class LongList implements AutoCloseable {
  private static final int PIECE_SHIFT = 14;
  private static final int PIECE_LONGS = 1 << PIECE_SHIFT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> pieces = new ArrayList<>();
  private long size;

  long size() {
    return size;
  }

  /// The bytes it takes.
  long bytes() {
    return (long) pieces.size() * PIECE_LONGS * 8;
  }

  void add(long value) {
    int in = (int) (size & PIECE_LONGS - 1);
    if (in == 0) {
      pieces.add(arena.allocate(PIECE_LONGS * 8L, 8));
    }
    pieces.getLast().setAtIndex(LONG, in, value);
    size++;
  }

  long get(long index) {
    return pieces.get((int) (index >>> PIECE_SHIFT)).getAtIndex(LONG, index & PIECE_LONGS - 1);
  }

  void set(long index, long value) {
    pieces.get((int) (index >>> PIECE_SHIFT)).setAtIndex(LONG, index & PIECE_LONGS - 1, value);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
