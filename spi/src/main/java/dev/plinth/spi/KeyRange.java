package dev.plinth.spi;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// A range of keys: `from` inclusive, `to` exclusive, either may be open. Immutable.
///
/// Keys are compared as unsigned bytes, a prefix before its extensions.
public final class KeyRange {
  private static final KeyRange ALL = new KeyRange(null, null);

  private final byte @Nullable [] from;
  private final byte @Nullable [] to;

  private KeyRange(byte @Nullable [] from, byte @Nullable [] to) {
    this.from = from;
    this.to = to;
  }

  /// Every key.
  public static KeyRange all() {
    return ALL;
  }

  /// The keys `k` with `from <= k < to`; null leaves a side open. The arrays are copied.
  public static KeyRange of(byte @Nullable [] from, byte @Nullable [] to) {
    return new KeyRange(from == null ? null : from.clone(), to == null ? null : to.clone());
  }

  /// The keys that begin with `prefix`.
  public static KeyRange prefix(byte[] prefix) {
    int end = prefix.length;
    while (end > 0 && prefix[end - 1] == (byte) 0xff) {
      end--;
    }
    if (end == 0) {
      return of(prefix, null);
    }
    byte[] to = Arrays.copyOf(prefix, end);
    to[end - 1]++;
    return new KeyRange(prefix.clone(), to);
  }

  /// A copy of the first key of the range, or null when it is open.
  public byte @Nullable [] from() {
    return from == null ? null : from.clone();
  }

  /// A copy of the first key behind the range, or null when it is open.
  public byte @Nullable [] to() {
    return to == null ? null : to.clone();
  }

  /// Whether no key can lie in it.
  public boolean isEmpty() {
    return to != null
        && (to.length == 0 || (from != null && Arrays.compareUnsigned(from, to) >= 0));
  }

  /// Whether `key` lies in it.
  public boolean contains(byte[] key) {
    return (from == null || Arrays.compareUnsigned(key, from) >= 0)
        && (to == null || Arrays.compareUnsigned(key, to) < 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyRange range
        && Arrays.equals(from, range.from)
        && Arrays.equals(to, range.to);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(from) + Arrays.hashCode(to);
  }

  /// The bounds in hexadecimal, as `[from, to)`.
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return (from == null ? "(.." : "[" + hex.formatHex(from))
        + ", "
        + (to == null ? "..)" : hex.formatHex(to) + ")");
  }
}
