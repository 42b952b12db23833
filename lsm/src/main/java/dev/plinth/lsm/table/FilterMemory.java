package dev.plinth.lsm.table;

import java.util.Arrays;

/// The memory in which the filters of one table after the other are built: kept between them, since
/// it takes several megabytes for each. Not thread-safe; for one table at a time.
public final class FilterMemory {
  private static final int KEYS_MIN = 1024;

  long[] hashes = new long[KEYS_MIN];
  int count;
  byte[] counts = {};
  byte[] which = {};
  byte[] fingerprints = {};
  long[] sums = {};
  long[] order = {};
  int[] alone = {};

  /// Forgets the keys.
  void clear() {
    count = 0;
  }

  /// Adds the hash of a key that is not the last one added.
  void add(long hash) {
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
    }
    hashes[count++] = hash;
  }

  /// The hash added last.
  long last() {
    return hashes[count - 1];
  }

  /// Makes room for the building of a fuse filter, with nothing in its slots.
  void reserve(int slots) {
    if (counts.length < slots) {
      counts = new byte[slots];
      sums = new long[slots];
      alone = new int[slots];
      fingerprints = new byte[slots];
    } else {
      Arrays.fill(counts, 0, slots, (byte) 0);
      Arrays.fill(sums, 0, slots, 0);
      Arrays.fill(fingerprints, 0, slots, (byte) 0);
    }
    if (order.length < count) {
      order = new long[count];
      which = new byte[count];
    }
  }
}
