package dev.plinth.kit.merge;

/// What stands beside a key in the tree: the sequence number of the write and its kind in one long,
/// `sequence << 2 | kind`.
///
/// Entries are ordered by ascending key, and for one key by descending tag: the newest first. Where
/// only memtables hold several entries of a key, entries of tables may have no number of their own,
/// but the age of their run: -1 for the newest run, -2 for the next, and so on, below every number
/// of a memtable. Where tables hold tags, they are varints, and none is negative.
public final class Tag {
  /// The key was deleted.
  public static final int DELETE = 0;

  /// The value follows the key.
  public static final int PUT = 1;

  /// The value is in a file of values; what follows the key says where.
  public static final int BLOB = 2;

  /// Bits of the kind.
  public static final int KIND_BITS = 2;

  /// The highest sequence number.
  public static final long SEQUENCE_MAX = (1L << 60) - 1;

  /// Stands before every entry of its key.
  public static final long FIRST = (SEQUENCE_MAX << KIND_BITS) | 3;

  /// Stands behind every entry of its key; a tag can be subtracted from it.
  public static final long BEHIND = -1L << 61;

  private Tag() {}

  /// Puts a tag together.
  public static long of(long sequence, int kind) {
    return (sequence << KIND_BITS) | kind;
  }

  /// The tag at which a reader of this sequence number starts: in front of the newest entry it
  /// sees.
  public static long visibleAt(long sequence) {
    return (sequence << KIND_BITS) | 3;
  }

  /// The sequence number of a tag.
  public static long sequence(long tag) {
    return tag >> KIND_BITS;
  }

  /// The kind of a tag.
  public static int kind(long tag) {
    return (int) tag & 3;
  }
}
