package dev.plinth.engine.btree;

import java.util.Arrays;

/// A growing list of runs of page numbers. Not thread-safe.
final class PageRuns {
  private static final int COUNT_SHIFT = 40;
  private static final long NUMBER_MASK = (1L << COUNT_SHIFT) - 1;

  private long[] runs = new long[16];
  private int size;
  private long pages;

  /// Adds `count` pages from `number` on, at most 2^23.
  void add(long number, int count) {
    assert number <= NUMBER_MASK && count >= 1 && count <= 1 << 23 : number + " " + count;
    if (size == runs.length) {
      runs = Arrays.copyOf(runs, 2 * size);
    }
    runs[size++] = number | (count - 1L) << COUNT_SHIFT;
    pages += count;
  }

  void addAll(PageRuns other) {
    for (int i = 0; i < other.size; i++) {
      add(other.number(i), other.count(i));
    }
  }

  int size() {
    return size;
  }

  long pages() {
    return pages;
  }

  long number(int index) {
    return runs[index] & NUMBER_MASK;
  }

  int count(int index) {
    return (int) (runs[index] >>> COUNT_SHIFT) + 1;
  }
}
