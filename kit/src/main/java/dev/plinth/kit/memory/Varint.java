package dev.plinth.kit.memory;

import java.lang.foreign.MemorySegment;

/// Numbers in as few bytes as they need (LEB128): seven bits a byte, low ones first, the top bit
/// set on all but the last. Only the shortest form is valid, so [#size(long)] of a number that was
/// read tells how many bytes it took. These bytes are on disks: version 1.
///
/// Any thread may call it; nothing is allocated.
public final class Varint {
  /// The most bytes of an int.
  public static final int INT_BYTES_MAX = 5;

  /// The most bytes of a long.
  public static final int LONG_BYTES_MAX = 9;

  private Varint() {}

  /// How many bytes a number takes.
  ///
  /// @param value 0 or more
  public static int size(long value) {
    assert value >= 0 : "negative: " + value;
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  /// Writes a number.
  ///
  /// @param value 0 or more
  /// @return the offset behind it
  public static long put(MemorySegment segment, long offset, long value) {
    assert value >= 0 : "negative: " + value;
    long at = offset;
    long rest = value;
    while (rest > 0x7f) {
      segment.set(Layouts.BYTE, at++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    segment.set(Layouts.BYTE, at++, (byte) rest);
    return at;
  }

  /// Reads a number of up to 63 bits.
  ///
  /// @param end where readable bytes end
  /// @return the number, or -1 when the bytes are cut off at `end` or not a valid form
  public static long get(MemorySegment segment, long offset, long end) {
    if (offset >= end) {
      return -1;
    }
    byte first = segment.get(Layouts.BYTE, offset);
    return first >= 0 ? first : longer(segment, offset, end, first & 0x7fL);
  }

  /// As [#get], for numbers that must fit an int.
  ///
  /// @return the number, or -1 when the bytes are cut off, not a valid form, or more than an int
  public static int getInt(MemorySegment segment, long offset, long end) {
    long value = get(segment, offset, end);
    return value > Integer.MAX_VALUE ? -1 : (int) value;
  }

  private static long longer(MemorySegment segment, long offset, long end, long low) {
    long value = low;
    int most = (int) Math.min(LONG_BYTES_MAX, end - offset);
    for (int i = 1; i < most; i++) {
      byte next = segment.get(Layouts.BYTE, offset + i);
      value |= (next & 0x7fL) << (7 * i);
      if (next >= 0) {
        return next == 0 ? -1 : value;
      }
    }
    return -1;
  }
}
