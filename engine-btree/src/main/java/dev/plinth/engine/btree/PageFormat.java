package dev.plinth.engine.btree;

/// The bytes of the file `TREE`, version 2. Numbers are little-endian. These offsets are on disks.
///
/// The file is a row of pages of equal size, 1 to 16 KiB; the first 8 KiB are the two meta slots
/// ([MetaFormat]), the rest are tree pages and extents. A page number is the page's offset in the
/// file divided by its size.
///
/// ```
/// page
/// +------+-------+-------+------+---------+--------+-------+------------+--------+
/// | kind | level | count | heap | garbage | prefix | zeros | generation | number |
/// +------+-------+-------+------+---------+--------+-------+------------+--------+
///    1       1      2       2        2        2       6          8          8
/// +---------------+------+-------------------+--------------+
/// | slots         | free | cells             | prefix bytes |
/// +---------------+------+-------------------+--------------+
///   8 each, by key         any order, from `heap` on   at the page's end
///
/// slot                            leaf cell                     inner cell
/// +------+--------+--------+      +-------+--------+---------+  +-------+-----+--------+
/// | head | offset | length |      | value | suffix | payload |  | child | crc | suffix |
/// +------+--------+--------+      +-------+--------+---------+  +-------+-----+--------+
///    4       2        2               2     length                  8      4    length
///
/// extent reference: the payload of a long value, the end of a long key's suffix
/// +-------+--------+-----+
/// | first | length | crc |
/// +-------+--------+-----+
///     8       4       4
/// ```
///
/// - `kind` is 1 for a leaf and 2 for an inner page; `level` is 0 for leaves.
/// - Every key of a page begins with its prefix; cells hold the suffixes. `head` is the first four
///   bytes of the suffix as a big-endian number, zeros behind a shorter one.
/// - `value` is the length of the payload; with bit 15 set the payload is an extent reference, and
///   the value is `length` bytes in consecutive pages from page `first` on, without headers.
/// - A key above a quarter of a page has bit 15 of its slot's `length` set. Then the suffix ends
///   what stands in the page, the first [#localKeyBytes] of the key, and an extent reference to the
///   rest of it follows. A page with such a key has a prefix at least four bytes shorter than that,
///   so that `head` is always the key's own. Every reference has its extent to itself: those of
///   leaves and those of inner pages, whose keys may be long, too. Files of version 1 have no such
///   keys; a commit makes version 2 of them.
/// - In an inner page cell `i` names the child that holds the keys at or behind its own, up to that
///   of cell `i + 1`; the first cell's key is empty and means "from the beginning". Keys there are
///   cut to the shortest that still separates.
/// - `crc` is the [dev.plinth.kit.memory.Crc32c] of the child's bytes, or of the value's, with the
///   identity [#identity]: the file's salt and the page's number. A page that is old, misplaced or
///   of another file does not fit its parent.
/// - `generation` is the version of the tree in which the page was made; children are never younger
///   than their parent. `garbage` counts bytes of dead cells.
final class PageFormat {
  /// The newest version.
  static final int VERSION = 2;

  static final int KIND = 0;
  static final int LEVEL = 1;
  static final int COUNT = 2;
  static final int HEAP = 4;
  static final int GARBAGE = 6;
  static final int PREFIX = 8;
  static final int ZEROS = 10;
  static final int GENERATION = 16;
  static final int NUMBER = 24;
  static final int HEADER_BYTES = 32;

  static final byte LEAF = 1;
  static final byte INNER = 2;

  static final int SLOT_BYTES = 8;
  static final int LEAF_CELL_BYTES = 2;
  static final int INNER_CELL_BYTES = 12;
  static final int CHILD_CRC = 8;
  static final int HEAD_BYTES = 4;

  /// Set in a slot's length when the key's rest stands in an extent.
  static final int LONG_KEY = 0x8000;

  static final int EXTENT = 0x8000;
  static final int EXTENT_REFERENCE_BYTES = 16;
  static final int EXTENT_LENGTH = 8;
  static final int EXTENT_CRC = 12;

  /// Where pages begin: behind the meta slots.
  static final int FIRST_PAGE_OFFSET = 2 * MetaFormat.SLOT_BYTES;

  private PageFormat() {}

  /// What is mixed into the checksum of a page or extent.
  static long identity(long salt, long number) {
    return salt ^ (number * 0x9e37_79b9_7f4a_7c15L);
  }

  /// The longest key that stands wholly in a page: a quarter of it less what surrounds the key.
  static int keyBytesMax(int pageBytes) {
    return pageBytes / 4 - 64;
  }

  /// How much of a longer key stands in the page; with the reference to the rest it takes as much
  /// as the longest other one.
  static int localKeyBytes(int pageBytes) {
    return keyBytesMax(pageBytes) - EXTENT_REFERENCE_BYTES;
  }

  /// The longest prefix of a page that is laid out anew.
  static int prefixBytesMax(int pageBytes) {
    return localKeyBytes(pageBytes) - HEAD_BYTES;
  }

  /// The bytes that a stored key takes: what stands in the page, and the reference to the rest.
  ///
  /// @param field a length, or one with [#LONG_KEY]
  static int storedBytes(int field) {
    return (field & LONG_KEY) == 0 ? field : localLength(field) + EXTENT_REFERENCE_BYTES;
  }

  /// How many bytes of a stored key itself stand in the page.
  static int localLength(int field) {
    return field & ~LONG_KEY;
  }
}
