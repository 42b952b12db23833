package dev.plinth.kit.memory;

import java.lang.foreign.MemorySegment;

/// The order of keys: as unsigned bytes, a prefix before what it begins.
///
/// Any thread may call it; nothing is allocated. Segments may be native, mapped or on the heap.
public final class Keys {
  /// Up to here words are compared one by one, behind it the JDK's vector code.
  private static final int WORDWISE_BYTES_MAX = 64;

  private Keys() {}

  /// Compares two keys.
  ///
  /// @return less than, equal to, or greater than 0
  public static int compare(
      MemorySegment a, long aOffset, int aLength, MemorySegment b, long bOffset, int bLength) {
    int common = Math.min(aLength, bLength);
    if (common >= 8) {
      int order =
          common <= WORDWISE_BYTES_MAX
              ? compareWords(a, aOffset, b, bOffset, common)
              : compareLong(a, aOffset, b, bOffset, common);
      return order != 0 ? order : aLength - bLength;
    }
    int order = Long.compareUnsigned(head(a, aOffset, common), head(b, bOffset, common));
    return order != 0 ? order : aLength - bLength;
  }

  /// Whether two keys are the same.
  public static boolean equal(
      MemorySegment a, long aOffset, int aLength, MemorySegment b, long bOffset, int bLength) {
    return aLength == bLength && compare(a, aOffset, aLength, b, bOffset, bLength) == 0;
  }

  /// The first eight bytes as a big-endian number, zeros behind a shorter key. When the prefixes of
  /// two keys differ, their unsigned order is the order of the keys; when they are equal it takes
  /// [#compare] to tell.
  public static long prefix(MemorySegment key, long offset, int length) {
    if (length >= 8) {
      return key.get(Layouts.LONG_BIG_ENDIAN, offset);
    }
    return length == 0 ? 0 : head(key, offset, length) << (64 - 8 * length);
  }

  /// How many bytes at the start are the same.
  public static int sharedLength(
      MemorySegment a, long aOffset, int aLength, MemorySegment b, long bOffset, int bLength) {
    int common = Math.min(aLength, bLength);
    int at = 0;
    for (int words = Math.min(common, WORDWISE_BYTES_MAX) - 8; at <= words; at += 8) {
      long difference = a.get(Layouts.LONG, aOffset + at) ^ b.get(Layouts.LONG, bOffset + at);
      if (difference != 0) {
        return at + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
    }
    long rest =
        MemorySegment.mismatch(
            a, aOffset + at, aOffset + common, b, bOffset + at, bOffset + common);
    return rest < 0 ? common : at + (int) rest;
  }

  /// Word by word; the last word overlaps bytes that are known to be equal.
  private static int compareWords(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int length) {
    int last = length - 8;
    for (int at = 0; at < last; at += 8) {
      long x = a.get(Layouts.LONG_BIG_ENDIAN, aOffset + at);
      long y = b.get(Layouts.LONG_BIG_ENDIAN, bOffset + at);
      if (x != y) {
        return Long.compareUnsigned(x, y);
      }
    }
    return Long.compareUnsigned(
        a.get(Layouts.LONG_BIG_ENDIAN, aOffset + last),
        b.get(Layouts.LONG_BIG_ENDIAN, bOffset + last));
  }

  private static int compareLong(
      MemorySegment a, long aOffset, MemorySegment b, long bOffset, int length) {
    long x = a.get(Layouts.LONG_BIG_ENDIAN, aOffset);
    long y = b.get(Layouts.LONG_BIG_ENDIAN, bOffset);
    if (x != y) {
      return Long.compareUnsigned(x, y);
    }
    long at = MemorySegment.mismatch(a, aOffset, aOffset + length, b, bOffset, bOffset + length);
    return at < 0
        ? 0
        : Byte.compareUnsigned(
            a.get(Layouts.BYTE, aOffset + at), b.get(Layouts.BYTE, bOffset + at));
  }

  /// Fewer than eight bytes as a big-endian number.
  private static long head(MemorySegment key, long offset, int length) {
    if (length >= 4) {
      long high = key.get(Layouts.INT_BIG_ENDIAN, offset) & 0xffff_ffffL;
      long low = key.get(Layouts.INT_BIG_ENDIAN, offset + length - 4) & 0xffff_ffffL;
      int fresh = 8 * (length - 4);
      return (high << fresh) | (low & ((1L << fresh) - 1));
    }
    long word = 0;
    for (int i = 0; i < length; i++) {
      word = (word << 8) | (key.get(Layouts.BYTE, offset + i) & 0xffL);
    }
    return word;
  }
}
