package dev.plinth.engine.bitcask;

/// The word of an index slot: where a record is, and sixteen bits of its key's hash.
///
/// ```
/// bits 63-48 fingerprint | bits 47-32 file slot | bits 31-0 offset in the file
/// ```
///
/// File slot 0 does not exist; words with it are marks. In memory only.
final class Slots {
  /// Nothing was ever here.
  static final long EMPTY = 0;

  /// Something was here; the search goes on.
  static final long DELETED = 1;

  /// The most file slots.
  static final int FILES_MAX = 1 << 16;

  private static final long PLACE = (1L << 48) - 1;

  private Slots() {}

  /// The word of a record.
  static long word(long hash, int file, long offset) {
    return (hash & ~PLACE) | ((long) file << 32) | offset;
  }

  static int file(long word) {
    return (int) (word >>> 32) & 0xffff;
  }

  static long offset(long word) {
    return word & 0xffff_ffffL;
  }

  /// File slot and offset without the fingerprint.
  static long place(long word) {
    return word & PLACE;
  }

  /// Whether a word may belong to a key with this hash.
  static boolean mayMatch(long word, long hash) {
    return ((word ^ hash) & ~PLACE) == 0 && word != EMPTY && word != DELETED;
  }

  static boolean isRecord(long word) {
    return (word & PLACE) > DELETED;
  }
}
