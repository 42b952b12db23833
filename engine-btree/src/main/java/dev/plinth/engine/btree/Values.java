package dev.plinth.engine.btree;

/// Which values stand in leaves and which in pages of their own.
final class Values {
  private Values() {}

  /// The longest value that stands in a leaf beside a key: the whole entry takes at most a third of
  /// a page, so that a split always has room.
  static int inlineBytesMax(int pageBytes, int keyLength) {
    int most =
        (pageBytes - PageFormat.HEADER_BYTES) / 3
            - PageFormat.SLOT_BYTES
            - PageFormat.LEAF_CELL_BYTES
            - Math.min(keyLength, PageFormat.keyBytesMax(pageBytes));
    return Math.max(PageFormat.EXTENT_REFERENCE_BYTES, most);
  }
}
