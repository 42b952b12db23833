package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// The bytes of a log segment, version 1. A segment is a header and records without padding between
/// them; what follows the last record (zeros written ahead, or the former life of a recycled file)
/// means nothing. Numbers are little-endian; a varint is [Varint]. These offsets are on disks.
///
/// ```
/// header, 64 bytes
/// +-------+---------+-----+-------+--------+------+----------+-------+
/// | magic | version | crc | store | number | salt | previous | zeros |
/// +-------+---------+-----+-------+--------+------+----------+-------+
///     8        4       4      8       8        8       8        16
///
/// record
/// +-----+------+--------+--------+--------+------+
/// | crc | kind | length | first  | second | body |
/// +-----+------+--------+--------+--------+------+
///    4     1     varint   varint   varint  length bytes
/// ```
///
/// - `store` is the identity of the store, `number` that of the segment (it is the file's name and
///   never comes twice), `salt` is random for every life of the file, `previous` is the number of
///   the segment before, 0 for none. The header's crc covers the other 60 bytes.
/// - A record's crc is [Crc32c] over kind to body with an identity made of store, number, salt and
///   the record's own offset: a record of another file, of an earlier life or of another place is
///   never taken for one.
/// - `kind` is 128 + type for what users append; 1 to 4 are the log's own, without a body:
///   [#WATERMARK], [#END], [#CLOSE], [#TRUNCATE].
///
/// A record costs 8 bytes and what the three varints take over one byte each: 11 for 116 bytes with
/// a sequence number below 2^28 as `first`.
public final class LogFormat {
  /// The first eight bytes of a segment: `plinthLG`.
  public static final long MAGIC = 0x474c_6874_6e69_6c70L;

  /// The newest version of this format.
  public static final int VERSION = 1;

  /// The bytes of a segment's header; the first record follows.
  public static final int HEADER_BYTES = 64;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = 8;
  static final int CRC_OFFSET = 12;
  static final int STORE_OFFSET = 16;
  static final int NUMBER_OFFSET = 24;
  static final int SALT_OFFSET = 32;
  static final int PREVIOUS_OFFSET = 40;
  static final int ZEROS_OFFSET = 48;

  static final int KIND_OFFSET = 4;
  static final int LENGTH_OFFSET = 5;

  /// The fewest bytes of a record.
  public static final int RECORD_BYTES_MIN = 8;

  /// The most bytes of a record before its body.
  public static final int PREFIX_BYTES_MAX =
      LENGTH_OFFSET + Varint.INT_BYTES_MAX + 2 * Varint.LONG_BYTES_MAX;

  /// The most bytes of one of the log's own records.
  public static final int OWN_BYTES_MAX = RECORD_BYTES_MIN - 2 + 2 * Varint.LONG_BYTES_MAX;

  /// The longest body of a record.
  public static final int BODY_BYTES_MAX = Integer.MAX_VALUE - 4096;

  /// `first` is a position: everything below it was synced when this was written. Stands at the
  /// head of a segment and of every write that follows a sync.
  public static final int WATERMARK = 1;

  /// The segment ends here; `first` is the number of the next one, whose name was durable before
  /// this was written.
  static final int END = 2;

  /// The log was closed. `first` is the number of the lowest segment at that time, `second` a
  /// watermark: all that users appended lies below it.
  public static final int CLOSE = 3;

  /// The records behind the one at position `first` (all records when it is 0) and before this one
  /// are void.
  static final int TRUNCATE = 4;

  /// The bit of what users append.
  public static final int USER = 0x80;

  /// The highest type of a user's record.
  public static final int TYPE_MAX = 0x7f;

  private LogFormat() {}

  /// The position of an offset in a segment: the number in the upper half, the offset in the lower.
  /// Positions order as records were appended.
  public static long position(long number, long offset) {
    return number << 32 | offset;
  }

  /// The segment of a position.
  public static long number(long position) {
    return position >>> 32;
  }

  /// The offset of a position in its segment.
  public static long offset(long position) {
    return position & 0xffff_ffffL;
  }

  /// How many bytes a record takes.
  public static long recordBytes(long length, long first, long second) {
    return LENGTH_OFFSET + Varint.size(length) + Varint.size(first) + Varint.size(second) + length;
  }

  /// What a segment mixes into the checksums of its records, beside their offset.
  public static long seed(long store, long number, long salt) {
    return mix(mix(mix(store) + number) + salt);
  }

  /// The identity of the record at an offset.
  static long identity(long seed, long offset) {
    return seed + offset * 0x9e37_79b9_7f4a_7c15L;
  }

  private static long mix(long value) {
    long x = value + 0x9e37_79b9_7f4a_7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return x ^ (x >>> 31);
  }

  /// Writes a header of 64 bytes at the start of a piece of memory.
  public static void putHeader(
      MemorySegment target, long magic, long store, long number, long salt, long previous) {
    target.asSlice(0, HEADER_BYTES).fill((byte) 0);
    target.set(Layouts.LONG, MAGIC_OFFSET, magic);
    target.set(Layouts.INT, VERSION_OFFSET, VERSION);
    target.set(Layouts.LONG, STORE_OFFSET, store);
    target.set(Layouts.LONG, NUMBER_OFFSET, number);
    target.set(Layouts.LONG, SALT_OFFSET, salt);
    target.set(Layouts.LONG, PREVIOUS_OFFSET, previous);
    target.set(Layouts.INT, CRC_OFFSET, headerCrc(target));
  }

  /// The checksum that the header at the start of a piece of memory should have.
  static int headerCrc(MemorySegment header) {
    return new Crc32c()
        .start()
        .add(header, 0, CRC_OFFSET)
        .add(header, STORE_OFFSET, HEADER_BYTES - STORE_OFFSET)
        .value();
  }

  /// Writes what stands between a record's checksum and its body.
  ///
  /// @param at where the record begins in `target`
  /// @return where its body begins
  public static long putPrefix(
      MemorySegment target, long at, int kind, int length, long first, long second) {
    target.set(Layouts.BYTE, at + KIND_OFFSET, (byte) kind);
    long next = Varint.put(target, at + LENGTH_OFFSET, length);
    next = Varint.put(target, next, first);
    return Varint.put(target, next, second);
  }

  /// Writes the checksum of a record that is complete but for it.
  ///
  /// @param at where the record begins in `target`
  /// @param end where it ends
  /// @param offset where it begins in its file
  public static void putCrc(
      MemorySegment target, long at, long end, long seed, long offset, Crc32c crc) {
    int value =
        crc.start(identity(seed, offset)).add(target, at + KIND_OFFSET, end - at - 4).value();
    target.set(Layouts.INT, at, value);
  }

  static boolean isKind(int kind) {
    return kind >= USER || (kind >= WATERMARK && kind <= TRUNCATE);
  }
}
