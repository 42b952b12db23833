package dev.plinth.kit.memory;

import java.lang.foreign.MemorySegment;

/// The hash of keys in filters and block indexes: words folded by a 64 x 64 to 128 bit product. It
/// is on disks: version 1.
public final class KeyHash {
  private static final long SEED = 0x2d358dccaa6c78a5L;
  private static final long FACTOR = 0x8bb84b93962eacc9L;
  private static final long FINISH = 0x4b33a62ed433d4a3L;

  private KeyHash() {}

  /// The hash of a key.
  public static long of(MemorySegment key, long offset, int length) {
    long hash = SEED ^ length;
    int at = 0;
    for (; at + 8 <= length; at += 8) {
      hash = fold(hash ^ key.get(Layouts.LONG, offset + at), FACTOR);
    }
    if (at < length) {
      hash = fold(hash ^ tail(key, offset, at, length), FACTOR);
    }
    return fold(hash, FINISH);
  }

  private static long tail(MemorySegment key, long offset, int at, int length) {
    if (length >= 8) {
      return key.get(Layouts.LONG, offset + length - 8);
    }
    long word = 0;
    for (int i = at; i < length; i++) {
      word = word << 8 | (key.get(Layouts.BYTE, offset + i) & 0xffL);
    }
    return word;
  }

  private static long fold(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
  }
}
