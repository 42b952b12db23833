package dev.plinth.engine.bitcask;

/// The file `INDEX`: the indexes as they were when the store was closed, so that opening needs no
/// hint and sorts nothing. It says nothing that hints and data files do not, and counts only for
/// exactly the data files that it names.
///
/// ```
/// head, 64 bytes
/// +----------+---------+-------+--------+-------+------+------------+--------+
/// | PLBCINDX | version | files | parts  | leaves| keys | live bytes | zeros  |
/// +----------+---------+-------+--------+-------+------+------------+--------+
///      8          4        4       4       4       8         8          24
///
/// file, 48 bytes
/// +--------+------+----------+-------+--------------+-------------------+-----------------+
/// | number | slot | identity | bytes | live records | live record bytes | tombstone bytes |
/// +--------+------+----------+-------+--------------+-------------------+-----------------+
///     4       4        8         8          8                8                  8
///
/// part, 16 bytes, followed by its units
/// +-------+--------+-------+-------+     +------------------+-----------------------+
/// | depth | prefix | units | zeros |     | word, 1,024 times | placement, 1,024 times | ...
/// +-------+--------+-------+-------+     +------------------+-----------------------+
///     4        4       4       4                  8                    4
///
/// leaf of the ordered index, in the order of keys
/// +-------+--------------+--------------------------------+----------------+--------------+
/// | count | shared bytes | what its keys share, zeros to  | count times    | count times  |
/// |       |              | a multiple of eight bytes      | a prefix       | a word       |
/// +-------+--------------+--------------------------------+----------------+--------------+
///     4         4                                            8                8
///
/// foot: crc32c (4) of everything before it, with the magic as identity
/// ```
///
/// Numbers are little-endian. Words ([Slots]) name files by `slot`. Parts and units are those of
/// [KeyIndex], placements those of [KeyHash] version 1; leaves are those of [OrderedIndex], none
/// where there is no such index. These bytes are on disks: version 2. Version 1 had no leaves, and
/// zeros for their number.
final class IndexFileFormat {
  static final long MAGIC = 0x58444e494342_4c50L;
  static final int VERSION = 2;
  static final int VERSION_WITHOUT_LEAVES = 1;
  static final String NAME = "INDEX";

  /// What it is written as before it is whole.
  static final String UNFINISHED = "INDEX.tmp";

  static final int HEADER_BYTES = 64;
  static final int FILES = 12;
  static final int PARTS = 16;
  static final int LEAVES = 20;
  static final int KEYS = 24;
  static final int LIVE_BYTES = 32;

  static final int FILE_BYTES = 48;
  static final int PART_BYTES = 16;
  static final int LEAF_HEADER_BYTES = 8;
  static final int FOOTER_BYTES = 4;

  private IndexFileFormat() {}

  /// The bytes of a leaf in the file.
  static int leafBytes(int count, int shared) {
    return LEAF_HEADER_BYTES + ((shared + 7) & ~7) + 16 * count;
  }
}
