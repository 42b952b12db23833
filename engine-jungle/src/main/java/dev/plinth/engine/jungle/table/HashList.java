package dev.plinth.engine.jungle.table;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Hashes of keys that wait to be put into a filter. Not thread-safe.
final class HashList {
  private long[] hashes = new long[1024];
  private int size;

  void add(long hash) {
    if (size == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    hashes[size++] = hash;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void addTo(MemorySegment filter, int probes) {
    long lines = filter.byteSize() / TableFormat.FILTER_LINE_BYTES;
    for (int i = 0; i < size; i++) {
      BloomFilter.add(filter, BloomFilter.lineOffset(hashes[i], lines), hashes[i], probes);
    }
  }
}
