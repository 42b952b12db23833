package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;

/// A blocked Bloom filter (Putze, Sanders, Singler 2007): all bits of a key lie in one line of 64
/// bytes, so a look-up costs one cache miss. The arithmetic is on disks: version 1.
final class BloomFilter {
  private static final long SPREAD = 0x9e3779b97f4a7c15L;
  private static final int PROBES_MAX = 7;

  private BloomFilter() {}

  /// How many lines a filter for this many keys has.
  static long lines(long keys, double bitsPerKey) {
    return Math.max(1, (long) Math.ceil(keys * bitsPerKey / (8 * TableFormat.FILTER_LINE_BYTES)));
  }

  /// How many bits a key sets.
  static int probes(double bitsPerKey) {
    return Math.clamp(Math.round(bitsPerKey * 0.69), 1, PROBES_MAX);
  }

  /// Where, from the filter's start, the line of a key begins.
  static long lineOffset(long hash, long lines) {
    return Math.unsignedMultiplyHigh(hash, lines) * TableFormat.FILTER_LINE_BYTES;
  }

  /// Sets the bits of a key in its line.
  static void add(MemorySegment segment, long line, long hash, int probes) {
    long bits = hash * SPREAD;
    for (int i = 0; i < probes; i++) {
      int bit = (int) (bits >>> 55);
      long word = line + ((bit >>> 6) << 3);
      segment.set(Layouts.LONG, word, segment.get(Layouts.LONG, word) | 1L << bit);
      bits <<= 9;
    }
  }

  /// Whether a key may have been added to its line.
  static boolean mayContain(MemorySegment segment, long line, long hash, int probes) {
    long bits = hash * SPREAD;
    for (int i = 0; i < probes; i++) {
      int bit = (int) (bits >>> 55);
      if ((segment.get(Layouts.LONG, line + ((bit >>> 6) << 3)) & 1L << bit) == 0) {
        return false;
      }
      bits <<= 9;
    }
    return true;
  }
}
