package dev.plinth.conformance.model;

import dev.plinth.spi.KeyRange;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// A key of a history: bytes in unsigned order, written as hexadecimal. Immutable.
public final class Key implements Comparable<Key> {
  private final byte[] bytes;

  private Key(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The key of these bytes, which are copied.
  public static Key of(byte[] bytes) {
    return new Key(bytes.clone());
  }

  /// Reads what [#toString()] wrote.
  public static Key parse(String text) {
    return new Key(HexFormat.of().parseHex(text));
  }

  /// A copy of the bytes.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// How many bytes it has.
  public int length() {
    return bytes.length;
  }

  /// Whether it lies in a range.
  public boolean isIn(KeyRange range) {
    return range.contains(bytes);
  }

  /// A range as text: `from..to`, a hyphen for an open side.
  static String rangeText(KeyRange range) {
    return side(range.from()) + ".." + side(range.to());
  }

  /// Reads what [#rangeText] wrote.
  static KeyRange parseRange(String text) {
    int middle = text.indexOf("..");
    if (middle < 0) {
      throw new IllegalArgumentException("'" + text + "' is no range");
    }
    return KeyRange.of(side(text.substring(0, middle)), side(text.substring(middle + 2)));
  }

  private static String side(byte @Nullable [] side) {
    return side == null ? "-" : HexFormat.of().formatHex(side);
  }

  private static byte @Nullable [] side(String text) {
    return text.equals("-") ? null : HexFormat.of().parseHex(text);
  }

  @Override
  public int compareTo(Key other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes);
  }
}
