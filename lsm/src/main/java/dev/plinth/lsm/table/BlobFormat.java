package dev.plinth.lsm.table;

/// The bytes of a blob file, version 1: values that tables name by reference. These offsets are on
/// disks. All numbers are little-endian.
///
/// ```
/// blob file
/// +--------+---+--------+--------+
/// | record |...| record | footer |
/// +--------+---+--------+--------+
///
/// record
/// +-----+--------------+-------------+------+--------------+-------+
/// | crc | stored bytes | value bytes | kind | stored value | zeros |
/// +-----+--------------+-------------+------+--------------+-------+
///    4         4              4         1     stored bytes   up to a record of 64 bytes
///   kind: 0 as it is, 1 LZ4, 2 Zstandard. The checksum covers what is behind it but for the zeros,
///   and is mixed with the file's identity plus the record's offset.
///
/// footer
/// +----------+--------+--------------+---------+---------------+---+------------+-----+-------+
/// | identity | values | record bytes | version | checksum kind | 0 | file bytes | crc | magic |
/// +----------+--------+--------------+---------+---------------+---+------------+-----+-------+
///      8         8           8            2            1         1        8        4      8
///
/// reference: what a table holds instead of the value
/// +-------------+----------------+--------+--------------+
/// | value bytes | number of file | offset | stored bytes |
/// +-------------+----------------+--------+--------------+
///     varint          varint       varint      varint, 0 when the value is stored as it is
/// ```
final class BlobFormat {
  /// `PLINTHBL` read as a little-endian number.
  static final long MAGIC = 0x4c424854_4e494c50L;

  static final short VERSION = 1;
  static final byte CHECKSUM_CRC32C = 1;

  static final int RECORD_STORED_BYTES = 4;
  static final int RECORD_VALUE_BYTES = 8;
  static final int RECORD_KIND = 12;
  static final int RECORD_HEAD_BYTES = 13;

  /// No record is smaller, so that 64 bytes of the file hold the start of one at most.
  static final int RECORD_BYTES_MIN = 64;

  static final int FOOTER_BYTES = 48;
  static final int FOOTER_VALUES = 8;
  static final int FOOTER_RECORD_BYTES = 16;
  static final int FOOTER_VERSION = 24;
  static final int FOOTER_CHECKSUM_KIND = 26;
  static final int FOOTER_FILE_BYTES = 28;
  static final int FOOTER_CRC = 36;
  static final int FOOTER_MAGIC = 40;

  private BlobFormat() {}

  /// How many bytes of its file a value takes that is stored with so many bytes.
  static long recordBytes(long storedBytes) {
    return Math.max(RECORD_BYTES_MIN, RECORD_HEAD_BYTES + storedBytes);
  }
}
