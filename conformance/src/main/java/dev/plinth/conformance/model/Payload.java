package dev.plinth.conformance.model;

import java.util.SplittableRandom;

/// A value of a history: its bytes follow from a number and a length, so that histories are short
/// as text and every value tells which write it came from.
///
/// @param id the number of the write; odd ones give random bytes, even ones a repeated pattern
/// @param length how many bytes
public record Payload(long id, int length) {
  private static final int PATTERN_BYTES = 16;

  /// The bytes, new in every call.
  public byte[] bytes() {
    byte[] bytes = new byte[length];
    SplittableRandom random = new SplittableRandom(id);
    if ((id & 1) != 0) {
      random.nextBytes(bytes);
      return bytes;
    }
    byte[] pattern = new byte[PATTERN_BYTES];
    random.nextBytes(pattern);
    for (int i = 0; i < length; i++) {
      bytes[i] = pattern[i % PATTERN_BYTES];
    }
    return bytes;
  }

  /// Reads what [#toString()] wrote.
  static Payload parse(String text) {
    int star = text.indexOf('*');
    return new Payload(
        Long.parseLong(text.substring(0, star)), Integer.parseInt(text.substring(star + 1)));
  }

  @Override
  public String toString() {
    return id + "*" + length;
  }
}
