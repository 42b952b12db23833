package dev.plinth.raft.testkit;

import java.util.HexFormat;

/// An entry as the model knows it.
///
/// @param payload the payload in hexadecimal, so that entries compare
public record ModelEntry(long term, int type, long timestamp, String payload) {
  /// An entry with a payload made from a number.
  static ModelEntry of(long term, int type, long timestamp, long seed, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (seed * 31 + i * 7L + (seed >>> (i % 32)));
    }
    return new ModelEntry(term, type, timestamp, HexFormat.of().formatHex(bytes));
  }

  /// The payload.
  public byte[] bytes() {
    return HexFormat.of().parseHex(payload);
  }

  @Override
  public String toString() {
    return "term " + term + " type " + type + " with " + payload.length() / 2 + " bytes";
  }
}
