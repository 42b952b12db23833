package dev.plinth.bench.workload;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The bench's keys: 16 decimal digits, so that they sort as numbers and can be read by people. The
/// store's keys have even numbers; an odd number is a key that is missing between two others.
public final class Keys {
  /// Bytes of a key.
  public static final int BYTES = 16;

  /// The most keys that a store can have.
  public static final long COUNT_MAX = 4_000_000_000_000_000L;

  private static final long HALF = 100_000_000L;
  private static final ValueLayout.OfLong DIGITS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Keys() {}

  /// Writes the key of an index.
  public static void present(MemorySegment target, long offset, long index) {
    number(target, offset, index << 1);
  }

  /// Writes a key that no store has, next to the key of an index.
  public static void missing(MemorySegment target, long offset, long index) {
    number(target, offset, (index << 1) | 1);
  }

  private static void number(MemorySegment target, long offset, long number) {
    target.set(DIGITS, offset, digits(number / HALF));
    target.set(DIGITS, offset + 8, digits(number % HALF));
  }

  /// Eight decimal digits as characters, the first in the lowest byte: splits the number in halves
  /// three times, each time in all lanes of one word at once.
  private static long digits(long number) {
    long upper = number / 10_000;
    long fours = upper | ((number - upper * 10_000) << 32);
    long hundreds = ((fours * 10_486) >>> 20) & 0x0000_007f_0000_007fL;
    long twos = hundreds | ((fours - hundreds * 100) << 16);
    long tens = ((twos * 103) >>> 10) & 0x000f_000f_000f_000fL;
    return (tens | ((twos - tens * 10) << 8)) + 0x3030_3030_3030_3030L;
  }
}
