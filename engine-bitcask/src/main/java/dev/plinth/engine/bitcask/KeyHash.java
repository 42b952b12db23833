package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;

/// The 64-bit hash of a key, after the folded multiplication of wyhash (Wang Yi). It stands in hint
/// files: version 1.
///
/// Any thread may call it; nothing is allocated.
final class KeyHash {
  private static final long FIRST = 0xa0761d6478bd642fL;
  private static final long SECOND = 0xe7037ed1a0b428dbL;
  private static final long THIRD = 0x8ebc6af09c88c6e3L;

  private KeyHash() {}

  static long of(MemorySegment key, long offset, int length) {
    long state = FIRST;
    int at = 0;
    for (; length - at > 16; at += 16) {
      state =
          fold(
              key.get(Layouts.LONG, offset + at) ^ SECOND,
              key.get(Layouts.LONG, offset + at + 8) ^ state);
    }
    int rest = length - at;
    long low;
    long high;
    if (rest >= 8) {
      low = key.get(Layouts.LONG, offset + at);
      high = key.get(Layouts.LONG, offset + length - 8);
    } else if (rest >= 4) {
      low = key.get(Layouts.INT, offset + at) & 0xffff_ffffL;
      high = key.get(Layouts.INT, offset + length - 4) & 0xffff_ffffL;
    } else {
      low = 0;
      high = 0;
      for (int i = at; i < length; i++) {
        low = (low << 8) | (key.get(Layouts.BYTE, offset + i) & 0xffL);
      }
    }
    return fold(SECOND ^ length ^ THIRD, fold(low ^ SECOND, high ^ state));
  }

  /// Multiplies to 128 bits and folds the halves.
  private static long fold(long a, long b) {
    return (a * b) ^ Math.unsignedMultiplyHigh(a, b);
  }
}
