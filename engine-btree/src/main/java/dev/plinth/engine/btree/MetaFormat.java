package dev.plinth.engine.btree;

/// The bytes of the meta slots of the file `TREE`, version 1. Numbers are little-endian. These
/// offsets are on disks.
///
/// The file begins with two slots of 4 KiB, written in turn: commit `n` goes to slot `n` modulo 2.
/// A slot holds its record twice, 2 KiB each, so that one damaged sector loses nothing.
///
/// ```
/// record
/// +-------+---------+-----+------+-----------+-------+--------+------------+------+
/// | magic | version | crc | salt | pageBytes | zeros | commit | generation | root |
/// +-------+---------+-----+------+-----------+-------+--------+------------+------+
///     8        4       4     8        4          4       8         8          8
/// +---------+--------+----------+-----+---------+-------+-----------+-------------+
/// | rootCrc | groups | sequence | log | entries | bytes | filePages | extentPages |
/// +---------+--------+----------+-----+---------+-------+-----------+-------------+
///      4        4         8        8       8        8         8            8
/// +-------------+--------------+-----------+---------------------------+-------+
/// | groupsFirst | groupsLength | groupsCrc | group, index: 16 per group | zeros |
/// +-------------+--------------+-----------+---------------------------+-------+
///        8             4             4         up to 112 of them, 1792
/// +----------+-----------+--------+-------+
/// | mapFirst | mapLength | mapCrc | zeros |
/// +----------+-----------+--------+-------+
///      8           4         4       112
/// ```
///
/// - `crc` is CRC32C over the record's other bytes. `salt` is random for every file and part of all
///   checksums of its pages ([PageFormat#identity]).
/// - `root` is the page number of the tree's root, `rootCrc` its checksum, `generation` its
///   version.
/// - `sequence` is that of the last batch in the tree; `log` is the position in the redo log from
///   which on records may be missing in the tree, 0 when there never was a log.
/// - `entries` and `bytes` count live entries and their keys and values; `extentPages` is 0 when no
///   value stands in pages of its own, so that leaves need not be read to find free space.
/// - Applied indexes of up to 112 groups stand in the record; of more, in an extent (`groupsFirst`,
///   `groupsLength`, `groupsCrc`), with the same 16 bytes a group.
/// - The map is an extent with one bit for each page of the file, from the lowest bit of the first
///   byte on: whether this state holds the page, the map's own pages included. `mapLength` is 0 for
///   a commit that was too small to carry one; then, and when the map is damaged, a walk of the
///   tree finds the same.
final class MetaFormat {
  /// `plinthBT`.
  static final long MAGIC = 0x5442_6874_6e69_6c70L;

  static final int SLOT_BYTES = 4096;
  static final int RECORD_BYTES = 2048;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = 8;
  static final int CRC_OFFSET = 12;
  static final int SALT_OFFSET = 16;
  static final int PAGE_BYTES_OFFSET = 24;
  static final int COMMIT_OFFSET = 32;
  static final int GENERATION_OFFSET = 40;
  static final int ROOT_OFFSET = 48;
  static final int ROOT_CRC_OFFSET = 56;
  static final int GROUPS_OFFSET = 60;
  static final int SEQUENCE_OFFSET = 64;
  static final int LOG_OFFSET = 72;
  static final int ENTRIES_OFFSET = 80;
  static final int BYTES_OFFSET = 88;
  static final int FILE_PAGES_OFFSET = 96;
  static final int EXTENT_PAGES_OFFSET = 104;
  static final int GROUPS_FIRST_OFFSET = 112;
  static final int GROUPS_LENGTH_OFFSET = 120;
  static final int GROUPS_CRC_OFFSET = 124;
  static final int INLINE_GROUPS_OFFSET = 128;

  static final int MAP_FIRST_OFFSET = 1920;
  static final int MAP_LENGTH_OFFSET = 1928;
  static final int MAP_CRC_OFFSET = 1932;

  static final int GROUP_BYTES = 16;
  static final int INLINE_GROUPS_MAX = 112;

  private MetaFormat() {}
}
