package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// A record of a data file: how it is laid out, written, and read in place.
///
/// ```
/// +--------+------+----------------+------------+--------------+-----+-------+
/// | crc32c | head | sequence delta | key length | value length | key | value |
/// +--------+------+----------------+------------+--------------+-----+-------+
///     4       1        1 to 9          1 to 3        1 to 4
///
/// head: bits 0-2 kind, bit 3 last record of its batch, bits 4-5 how the value of a put is packed
/// (0 not, 1 LZ4, 2 Zstandard), bits 6-7 zero; a packed value is a varint, the bytes that come of
/// it, and the packed bytes
///
/// a watermark (kind 5) has a fixed form, so that it can be found behind damage:
/// +--------+------+-----+-------------+--------+
/// | crc32c | 0x0d | tag | file number | offset |
/// +--------+------+-----+-------------+--------+
///     4       1      4         4          4
/// ```
///
/// Numbers are little-endian, lengths and deltas varints ([Varint]). The sequence is the base
/// sequence of the file (in the manifest) plus the delta. The checksum covers everything behind it;
/// the identity mixed in is that of the file combined with the record's offset, so that a record
/// that stands in another place fails. Kinds: 1 put; 2 delete (no value); 3 range delete (key =
/// first key, may be empty; value = end key, empty means open); 4 applied index (key = eight bytes
/// of the group, value = eight bytes of the index); 5 watermark: everything in append files before
/// `file number`, and in it below `offset`, had been synced. These bytes are on disks: version 1,
/// with packed values version 2.
final class RecordFormat {
  static final int PUT = 1;
  static final int DELETE = 2;
  static final int RANGE = 3;
  static final int APPLIED = 4;
  static final int WATERMARK = 5;

  /// The bytes of a watermark record.
  static final int WATERMARK_BYTES = 17;

  /// The most bytes before the key.
  static final int HEADER_BYTES_MAX = 4 + 1 + 9 + 3 + 4;

  /// The bytes of an applied index record, at most.
  static final int APPLIED_BYTES_MAX = 4 + 1 + 9 + 1 + 1 + 16;

  static final int CHECKSUM_BYTES = 4;
  private static final int LAST = 8;

  /// The head of a watermark record.
  static final byte WATERMARK_HEAD = WATERMARK | LAST;

  private static final int FAST_BYTES = CHECKSUM_BYTES + 1 + 8;
  private static final int KEY_SHIFT = 27;
  private static final int HEADER_SHIFT = 44;
  private static final int KIND_SHIFT = 52;
  private static final int LAST_SHIFT = 55;
  private static final int CODE_SHIFT = 56;
  private static final int CODE_IN_HEAD = 4;
  private static final long OFFSET_FACTOR = 0x9e3779b97f4a7c15L;

  private RecordFormat() {}

  /// Writes a record.
  ///
  /// @param at where in `target`
  /// @param fileOffset where in the file the record will stand
  /// @param code how the value is packed
  /// @return the offset in `target` behind it
  static long write(
      MemorySegment target,
      long at,
      long identity,
      long fileOffset,
      int kind,
      int code,
      boolean last,
      long sequenceDelta,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    int head = kind | code << CODE_IN_HEAD;
    target.set(Layouts.BYTE, at + CHECKSUM_BYTES, (byte) (last ? head | LAST : head));
    long next = Varint.put(target, at + CHECKSUM_BYTES + 1, sequenceDelta);
    next = Varint.put(target, next, keyLength);
    next = Varint.put(target, next, valueLength);
    MemorySegment.copy(key, keyOffset, target, next, keyLength);
    MemorySegment.copy(value, valueOffset, target, next + keyLength, valueLength);
    long end = next + keyLength + valueLength;
    seal(target, at, end, identity, fileOffset);
    return end;
  }

  /// Writes a watermark.
  static long writeWatermark(
      MemorySegment target, long at, long identity, long fileOffset, Watermark watermark) {
    target.set(Layouts.BYTE, at + 4, WATERMARK_HEAD);
    target.set(Layouts.INT, at + 5, watermarkTag(identity));
    target.set(Layouts.INT, at + 9, watermark.file());
    target.set(Layouts.INT, at + 13, (int) watermark.offset());
    seal(target, at, at + WATERMARK_BYTES, identity, fileOffset);
    return at + WATERMARK_BYTES;
  }

  /// The bytes of a record.
  static long bytes(long sequenceDelta, int keyLength, int valueLength) {
    return CHECKSUM_BYTES
        + 1
        + Varint.size(sequenceDelta)
        + Varint.size(keyLength)
        + Varint.size(valueLength)
        + keyLength
        + (long) valueLength;
  }

  /// Reads the lengths of a record, unchecked by its checksum.
  ///
  /// @param end where readable bytes end
  /// @return kind, lengths and flags for the accessors below; -1 when this is no record or it goes
  ///   over the end
  static long parse(MemorySegment segment, long at, long end) {
    if (end - at < CHECKSUM_BYTES + 4) {
      return -1;
    }
    byte head = segment.get(Layouts.BYTE, at + CHECKSUM_BYTES);
    int kind = head & 7;
    int code = head >> CODE_IN_HEAD;
    if (kind < PUT || kind > WATERMARK || (code != 0 && (kind != PUT || code < 0 || code > 2))) {
      return -1;
    }
    if (kind == WATERMARK) {
      return end - at < WATERMARK_BYTES ? -1 : pack(head, WATERMARK_BYTES, 0, 0);
    }
    if (end - at >= FAST_BYTES) {
      long parsed = parseShort(segment.get(Layouts.LONG, at + CHECKSUM_BYTES + 1), head, end - at);
      if (parsed != -1) {
        return parsed;
      }
    }
    long next = at + CHECKSUM_BYTES + 1;
    long delta = Varint.get(segment, next, end);
    if (delta < 0) {
      return -1;
    }
    next += Varint.size(delta);
    int keyLength = Varint.getInt(segment, next, end);
    if (keyLength < 0 || keyLength > 1 << 16) {
      return -1;
    }
    next += Varint.size(keyLength);
    int valueLength = Varint.getInt(segment, next, end);
    if (valueLength < 0 || valueLength > 1 << 26) {
      return -1;
    }
    next += Varint.size(valueLength);
    if (keyLength + (long) valueLength > end - next) {
      return -1;
    }
    return pack(head, (int) (next - at), keyLength, valueLength);
  }

  /// Reads the lengths from the eight bytes behind the head, where they end there; one load instead
  /// of one for each byte.
  ///
  /// @return as [#parse]; -1 when it takes the longer way
  private static long parseShort(long word, byte head, long room) {
    // Bytes without the top bit end a number: the delta's, the key length's, the value length's.
    long ends = ~word & 0x8080_8080_8080_8080L;
    int deltaBits = Long.numberOfTrailingZeros(ends) + 1;
    long afterDelta = ends & (ends - 1);
    int keyBits = Long.numberOfTrailingZeros(afterDelta) + 1;
    long afterKey = afterDelta & (afterDelta - 1);
    int valueBits = Long.numberOfTrailingZeros(afterKey) + 1;
    if (afterKey == 0 || keyBits - deltaBits != 8 || valueBits - keyBits > 16) {
      return -1;
    }
    boolean shortest = deltaBits == 8 || (word >>> (deltaBits - 8) & 0xff) != 0;
    int keyLength = (int) (word >>> deltaBits) & 0x7f;
    int valueLength = (int) (word >>> keyBits) & 0x7f;
    if (valueBits - keyBits == 16) {
      int high = (int) (word >>> (keyBits + 8)) & 0x7f;
      shortest &= high != 0;
      valueLength |= high << 7;
    }
    int headerBytes = CHECKSUM_BYTES + 1 + (valueBits >>> 3);
    return shortest && headerBytes + keyLength + valueLength <= room
        ? pack(head, headerBytes, keyLength, valueLength)
        : -1;
  }

  static int kind(long parsed) {
    return (int) (parsed >>> KIND_SHIFT) & 7;
  }

  static boolean last(long parsed) {
    return ((parsed >>> LAST_SHIFT) & 1) != 0;
  }

  /// How the value is packed; 0 for not at all.
  static int code(long parsed) {
    return (int) (parsed >>> CODE_SHIFT) & 3;
  }

  static int headerBytes(long parsed) {
    return (int) (parsed >>> HEADER_SHIFT) & 0xff;
  }

  static int keyLength(long parsed) {
    return (int) (parsed >>> KEY_SHIFT) & 0x1ffff;
  }

  /// The bytes of the value as it is stored.
  static int valueLength(long parsed) {
    return (int) parsed & 0x7ffffff;
  }

  static long recordBytes(long parsed) {
    return headerBytes(parsed) + keyLength(parsed) + (long) valueLength(parsed);
  }

  /// The sequence delta of a record that was parsed.
  static long sequenceDelta(MemorySegment segment, long at, long end) {
    return Varint.get(segment, at + CHECKSUM_BYTES + 1, end);
  }

  /// Whether the checksum of a record that was parsed is right.
  static boolean verify(
      MemorySegment segment, long at, long parsed, long identity, long fileOffset) {
    return segment.get(Layouts.INT, at)
        == checksum(segment, at, at + recordBytes(parsed), identity, fileOffset);
  }

  /// The watermark of a record of that kind.
  static Watermark watermark(MemorySegment segment, long at) {
    return new Watermark(
        segment.get(Layouts.INT, at + 9), segment.get(Layouts.INT, at + 13) & 0xffff_ffffL);
  }

  /// Whether a good watermark record stands here.
  static boolean isWatermark(
      MemorySegment segment, long at, long end, long identity, long fileOffset) {
    return end - at >= WATERMARK_BYTES
        && segment.get(Layouts.BYTE, at + 4) == WATERMARK_HEAD
        && segment.get(Layouts.INT, at + 5) == watermarkTag(identity)
        && segment.get(Layouts.INT, at)
            == checksum(segment, at, at + WATERMARK_BYTES, identity, fileOffset);
  }

  private static int watermarkTag(long identity) {
    return (int) (identity ^ (identity >>> 32)) ^ 0x6b72614d;
  }

  private static long pack(byte head, int headerBytes, int keyLength, int valueLength) {
    return ((long) (head & 7) << KIND_SHIFT)
        | ((long) (head & LAST) >>> 3 << LAST_SHIFT)
        | ((long) (head >> CODE_IN_HEAD) << CODE_SHIFT)
        | ((long) headerBytes << HEADER_SHIFT)
        | ((long) keyLength << KEY_SHIFT)
        | valueLength;
  }

  private static void seal(
      MemorySegment target, long at, long end, long identity, long fileOffset) {
    target.set(Layouts.INT, at, checksum(target, at, end, identity, fileOffset));
  }

  private static int checksum(
      MemorySegment segment, long at, long end, long identity, long fileOffset) {
    return Crc32c.of(
        identity ^ (fileOffset * OFFSET_FACTOR),
        segment,
        at + CHECKSUM_BYTES,
        end - at - CHECKSUM_BYTES);
  }
}
