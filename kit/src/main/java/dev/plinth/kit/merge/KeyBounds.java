package dev.plinth.kit.merge;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The keys from `from` up to, and not with, `limit`. The arrays must not be changed.
///
/// @param from the first key; empty for the first of all
/// @param limit the first key behind; null when there is none
@SuppressWarnings("ArrayRecordComponent") // Never changed, and compared by content.
public record KeyBounds(byte[] from, byte @Nullable [] limit) {
  /// Every key.
  public static final KeyBounds ALL = new KeyBounds(new byte[0], null);

  /// The bounds that hold the keys from one to another, both included.
  public static KeyBounds closed(byte[] first, byte[] last) {
    return new KeyBounds(first, Arrays.copyOf(last, last.length + 1));
  }

  /// Whether a key lies in both.
  public boolean overlaps(KeyBounds other) {
    return isBelow(from, other.limit) && isBelow(other.from, limit);
  }

  /// Whether all keys of the other lie in this one.
  public boolean contains(KeyBounds other) {
    return Arrays.compareUnsigned(from, other.from) <= 0 && compareLimits(other.limit, limit) <= 0;
  }

  /// Whether a key lies in it.
  public boolean contains(byte[] key) {
    return Arrays.compareUnsigned(from, key) <= 0 && isBelow(key, limit);
  }

  /// The least bounds that contain both.
  public KeyBounds union(KeyBounds other) {
    return new KeyBounds(
        Arrays.compareUnsigned(from, other.from) <= 0 ? from : other.from,
        compareLimits(limit, other.limit) >= 0 ? limit : other.limit);
  }

  /// Orders limits, none behind all others.
  public static int compareLimits(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null) {
      return b == null ? 0 : 1;
    }
    if (b == null) {
      return -1;
    }
    return Arrays.compareUnsigned(a, b);
  }

  private static boolean isBelow(byte[] key, byte @Nullable [] limit) {
    return limit == null || Arrays.compareUnsigned(key, limit) < 0;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof KeyBounds bounds
        && Arrays.equals(from, bounds.from)
        && Arrays.equals(limit, bounds.limit);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(from) + Arrays.hashCode(limit);
  }

  /// The bounds in hexadecimal.
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return "[" + hex.formatHex(from) + ", " + (limit == null ? ".." : hex.formatHex(limit)) + ")";
  }
}
