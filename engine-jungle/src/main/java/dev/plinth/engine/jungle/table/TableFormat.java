package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Crc32c;
import java.lang.foreign.MemorySegment;

/// The bytes of a table file, version 1. A file is a row of batches, each at a multiple of 4,096
/// bytes; nothing below the end of a batch that the manifest has named ever changes. Numbers are
/// little-endian; a varint is [dev.plinth.kit.memory.Varint]. These offsets are on disks.
///
/// ```
/// batch: values in the order of their keys, the leaves that changed, then what leads to them
/// +---------+------+---------+-------+---------+--------+--------+----------+
/// | extents | pad  | leaves  | index | ranges  | filter | header | pad      |
/// +---------+------+---------+-------+---------+--------+--------+----------+
///            to 4,096                                       128    to 4,096
///
/// extent: a value                  leaf: 1 to 16 pages of 4,096 bytes
/// +-------+-------+                +-----+-------+-------+---------------+------+-------+--------+---------+
/// | crc   | bytes |                | crc | bytes | count | prefix length | 0    | slots | prefix | entries |
/// +-------+-------+                +-----+-------+-------+---------------+------+-------+--------+---------+
///    4                                4     4       2           2          4     2 each
///
/// entry of a leaf; a slot is where it begins, from the leaf's start
/// +----------------------+--------+-----------------------------+-------------------------+
/// | suffix length varint | suffix | value length << 2 | kind    | extent, 5 (kind 1)      |
/// |                      |        | varint                      | value bytes (kind 2)    |
/// +----------------------+--------+-----------------------------+-------------------------+
/// kind 0: the key was deleted; 1: the value is in an extent; 2: the value is here
///
/// index: count, then for each leaf
/// +---------------+-------+---------+---------+--------------+--------------+-------+
/// | page (/4,096) | pages | entries | deletes | extent bytes | fence length | fence |
/// +---------------+-------+---------+---------+--------------+--------------+-------+
///     all varints; every key of a leaf is at or behind its fence and before the next one's
///
/// header
/// +-------+---------+-----+----------+----------+----------+-------+-------------+-----------+
/// | magic | version | crc | identity | position | previous | start | index bytes | index crc |
/// +-------+---------+-----+----------+----------+----------+-------+-------------+-----------+
///     8        4       4       8          8          8         8         4            4
/// +--------------+------------+--------------+------------+-------------+--------+-------------+
/// | ranges bytes | ranges crc | filter lines | filter crc | filter keys | probes | live bytes  |
/// +--------------+------------+--------------+------------+-------------+--------+-------------+
///        4             4             4             4             8          4+4        8
/// +---------+---------+----------+-------+
/// | entries | deletes | sequence | zeros |
/// +---------+---------+----------+-------+
///      8         8         8         8
/// ```
///
/// The checksum of a leaf, an extent or a header mixes the table's identity and its own position
/// in.
final class TableFormat {
  static final long MAGIC = 0x314c_474e_4a4e_4c50L;
  static final int VERSION = 1;
  static final int PAGE_BYTES = 4096;
  static final int LEAF_BYTES_MAX = 16 * PAGE_BYTES;
  static final int EXTENT_HEAD_BYTES = 4;
  static final int EXTENT_POINTER_BYTES = 5;
  static final long EXTENT_MAX = (1L << 40) - 1;

  static final int LEAF_CRC = 0;
  static final int LEAF_BYTES = 4;
  static final int LEAF_COUNT = 8;
  static final int LEAF_PREFIX = 10;
  static final int LEAF_HEAD_BYTES = 16;

  static final int DELETED = 0;
  static final int EXTENT = 1;
  static final int INLINE = 2;

  static final int HEADER_BYTES = 128;
  static final int HEADER_MAGIC = 0;
  static final int HEADER_VERSION = 8;
  static final int HEADER_CRC = 12;
  static final int HEADER_IDENTITY = 16;
  static final int HEADER_POSITION = 24;
  static final int HEADER_PREVIOUS = 32;
  static final int HEADER_START = 40;
  static final int HEADER_INDEX_BYTES = 48;
  static final int HEADER_INDEX_CRC = 52;
  static final int HEADER_RANGES_BYTES = 56;
  static final int HEADER_RANGES_CRC = 60;
  static final int HEADER_FILTER_LINES = 64;
  static final int HEADER_FILTER_CRC = 68;
  static final int HEADER_FILTER_KEYS = 72;
  static final int HEADER_PROBES = 80;
  static final int HEADER_LIVE = 88;
  static final int HEADER_ENTRIES = 96;
  static final int HEADER_DELETES = 104;
  static final int HEADER_SEQUENCE = 112;

  static final int FILTER_LINE_BYTES = 64;

  private static final long POSITION_FACTOR = 0x9e3779b97f4a7c15L;

  private TableFormat() {}

  /// The checksum of bytes that belong at a position of a table.
  static int checksum(
      long identity, long position, MemorySegment segment, long offset, long length) {
    return Crc32c.of(identity ^ (position * POSITION_FACTOR), segment, offset, length);
  }

  static long alignUp(long position) {
    return (position + PAGE_BYTES - 1) & -PAGE_BYTES;
  }
}
