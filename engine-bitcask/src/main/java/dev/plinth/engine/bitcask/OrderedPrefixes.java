package dev.plinth.engine.bitcask;

/// What is known of all keys without reading them again: the bytes that all begin with, and where
/// the longest ends. With it the eight bytes of a key behind the shared ones tell those from
/// another place on. Immutable.
final class OrderedPrefixes {
  private final byte[] shared;
  private final int keyBytesMax;

  /// @param shared what all keys begin with; not to be changed afterwards
  /// @param keyBytesMax the length of the longest key
  OrderedPrefixes(byte[] shared, int keyBytesMax) {
    this.shared = shared;
    this.keyBytesMax = keyBytesMax;
  }

  /// Whether they tell the eight bytes of each key from a place on.
  boolean tell(int place) {
    return place <= shared.length || keyBytesMax <= shared.length + 8;
  }

  /// The eight bytes of a key from a place on, zeros behind its end.
  ///
  /// @param prefix the eight bytes behind the shared ones
  long at(int place, long prefix) {
    int behind = place - shared.length;
    if (behind >= 0) {
      return behind >= 8 ? 0 : prefix << (8 * behind);
    }
    long before = 0;
    for (int i = 0; i < 8; i++) {
      int from = place + i;
      before = (before << 8) | (from < shared.length ? shared[from] & 0xffL : 0);
    }
    return behind <= -8 ? before : before | (prefix >>> (-8 * behind));
  }
}
