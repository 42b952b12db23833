package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Crc32c;
import java.lang.foreign.MemorySegment;

/// The bytes of a table, versions 1 and 2. These offsets are on disks. All numbers are
/// little-endian.
///
/// ```
/// table
/// +-------------+---+--------------+---+--------------+---+-----------+----------------+------------+--------+
/// | data block  |...| filter page  |...| index block  |...| top index | range deletes  | properties | footer |
/// +-------------+---+--------------+---+--------------+---+-----------+----------------+------------+--------+
///   each at a multiple of the granule, zeros between; filter, range deletes may be missing
///
/// block
/// +-------+---+--------------------+-----+---------------------+-----+---------+---------+------+-----+
/// | entry |...| offset of entry 0  | ... | bucket 0            | ... | buckets | entries | kind | crc |
/// +-------+---+--------------------+-----+---------------------+-----+---------+---------+------+-----+
///               2, from the block's start   1, an entry's ordinal,       2         2        1      4
///                                           254 several, 255 none
///   kind: 0 as it is, 1 LZ4, 2 Zstandard. A compressed data block is its size before (4), then what it was
///   compressed to; its sizes elsewhere are of what is stored. The checksum covers all before it, and is mixed with the table's identity plus the block's
///   offset.
///
/// entry
/// +--------+--------------+--------------+-----+------------+-------+
/// | shared | suffix bytes | value bytes  | tag | suffix     | value |
/// +--------+--------------+--------------+-----+------------+-------+
///   varint     varint          varint     varint
///   shared: how many bytes its key has in common with the key of its restart, which is the last entry
///   before it (or it) whose ordinal is a multiple of the restart interval (16 in data, 1 in index blocks)
///
///   tag: sequence << 2 | kind, 0 a delete, 1 a value, 2 a reference to a value in a blob file in the form of
///   [BlobFormat]; a table that holds such a one has version 2, any other version 1
///
/// index entry: key = a key at or behind the last of the block and before the first of the next, tag 0,
///   value = offset / granule (varint), bytes without kind and crc (varint)
///
/// top index: count (varint), then each index block: offset / granule (varint), its bytes without kind and
///   crc (varint), bytes of key (varint), key as in an index entry; then kind and crc as in a block
///
/// filter page, Bloom: up to 63 lines of 64 bytes, crc (4); every page but the last has 63 lines and fills
///   4,096 bytes
/// filter page, binary fuse: up to 4,092 fingerprints of a byte each, crc (4)
///
/// range deletes: count (varint), then each: bytes of from (varint), bytes of to + 1 or 0 for open (varint),
///   sequence (varint), from, to; then kind and crc as in a block
///
/// footer
/// +----------+-------------------+------------------+---------+---------------+---+------------+-----+-------+
/// | identity | properties offset | properties bytes | version | checksum kind | 0 | file bytes | crc | magic |
/// +----------+-------------------+------------------+---------+---------------+---+------------+-----+-------+
///      8              8                  4               2            1         1        8        4      8
/// ```
final class TableFormat {
  /// `PLINTHTB` read as a little-endian number.
  static final long MAGIC = 0x42544854_4e494c50L;

  static final short VERSION = 1;

  /// The version of a table that refers to blob files.
  static final short VERSION_BLOBS = 2;

  static final byte CHECKSUM_CRC32C = 1;

  static final int FOOTER_BYTES = 44;
  static final int FOOTER_PROPERTIES_OFFSET = 8;
  static final int FOOTER_PROPERTIES_BYTES = 16;
  static final int FOOTER_VERSION = 20;
  static final int FOOTER_CHECKSUM_KIND = 22;
  static final int FOOTER_FILE_BYTES = 24;
  static final int FOOTER_CRC = 32;
  static final int FOOTER_MAGIC = 36;

  /// Kind and checksum behind a block.
  static final int TRAILER_BYTES = 5;

  static final byte KIND_RAW = 0;

  /// The size of a block before compression, in front of what it was compressed to.
  static final int RAW_BYTES = 4;

  /// No block is larger: the longest entry, its head, and the ends of a block.
  static final int RAW_BYTES_MAX = (64 << 20) + (1 << 20);

  static final int RESTART_INTERVAL = 16;
  static final int BUCKET_SEVERAL = 254;
  static final int BUCKET_NONE = 255;
  static final int BUCKET_ENTRIES_MAX = 253;

  /// Numbers of entries and buckets at the end of a block.
  static final int COUNTS_BYTES = 4;

  /// The first entry at or behind this offset ends a block.
  static final int ENTRY_OFFSET_MAX = 0xffff;

  static final int FILTER_LINE_BYTES = 64;
  static final int FILTER_PAGE_LINES = 63;
  static final int FILTER_PAGE_BYTES = 4096;
  static final int FILTER_PAGE_SLOTS = FILTER_PAGE_BYTES - 4;

  private TableFormat() {}

  /// The checksum of bytes at an offset of a table.
  static int checksum(long identity, long fileOffset, MemorySegment segment, long at, long bytes) {
    return Crc32c.of(identity + fileOffset, segment, at, bytes);
  }
}
