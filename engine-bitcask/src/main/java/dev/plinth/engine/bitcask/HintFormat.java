package dev.plinth.engine.bitcask;

/// A hint file `N.hint`: what the index needs to know of the data file `N.data`, so that opening
/// reads a tenth of the bytes. It holds nothing that the data file does not.
///
/// ```
/// head:   PLBCHINT | version (4) | number (4) | identity (8)
/// entry:  head (1) | fingerprint (2) | placement (4) | [gap varint] | sequence step varint
///           | key length varint | value length varint
/// foot:   data bytes (8) | entries (8) | crc32c (4)
///
/// entry head: bits 0-2 kind, bit 3 a gap follows, bits 4-7 zero
/// ```
///
/// One entry for each put, delete and range delete, in the order of the data file. Fingerprint and
/// placement are the upper 16 and the lower 32 bits of [KeyHash]. The record stands where the one
/// before it ended, plus the gap. The sequence step is the zigzag difference to the sequence delta
/// of the entry before. The checksum covers everything before it, with the identity of the data
/// file mixed in. Numbers are little-endian. These bytes are on disks: version 1.
final class HintFormat {
  static final long MAGIC = 0x544e494843424c50L;
  static final int VERSION = 1;
  static final int HEADER_BYTES = 24;
  static final int FOOTER_BYTES = 20;
  static final int GAP = 8;

  /// The most bytes of an entry.
  static final int ENTRY_BYTES_MAX = 1 + 2 + 4 + 5 + 9 + 3 + 4;

  private HintFormat() {}

  static long zigzag(long value) {
    return (value << 1 ^ value >> 63) & Long.MAX_VALUE;
  }

  static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }
}
