package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// Walks the entries of a hint file ([HintFormat]) that was read or mapped as a whole. Not
/// thread-safe.
final class HintReader {
  private final MemorySegment segment;
  private final long end;
  private long at = HintFormat.HEADER_BYTES;
  private long recordEnd = DataFileFormat.HEADER_BYTES;
  private int kind;
  private long hash;
  private long offset;
  private long delta;
  private int keyLength;
  private int valueLength;

  private HintReader(MemorySegment segment) {
    this.segment = segment;
    this.end = segment.byteSize() - HintFormat.FOOTER_BYTES;
  }

  /// Whether these bytes are the whole and undamaged hint of a sealed data file.
  static boolean isGood(MemorySegment segment, FileEntry data) {
    long bytes = segment.byteSize();
    return bytes >= HintFormat.HEADER_BYTES + HintFormat.FOOTER_BYTES
        && segment.get(Layouts.LONG, 0) == HintFormat.MAGIC
        && segment.get(Layouts.INT, 8) == HintFormat.VERSION
        && segment.get(Layouts.INT, 12) == data.number()
        && segment.get(Layouts.LONG, 16) == data.identity()
        && segment.get(Layouts.LONG, bytes - 20) == data.bytes()
        && segment.get(Layouts.LONG, bytes - 12) == data.puts() + data.tombstones()
        && segment.get(Layouts.INT, bytes - 4) == Crc32c.of(data.identity(), segment, 0, bytes - 4);
  }

  /// A reader of a hint that is good.
  static HintReader of(MemorySegment segment) {
    return new HintReader(segment);
  }

  /// Moves to the next entry.
  boolean next() {
    if (at >= end) {
      return false;
    }
    byte head = segment.get(Layouts.BYTE, at);
    kind = head & 7;
    hash =
        ((long) segment.get(Layouts.SHORT, at + 1) << 48)
            | (segment.get(Layouts.INT, at + 3) & 0xffff_ffffL);
    at += 7;
    long gap = (head & HintFormat.GAP) == 0 ? 0 : number();
    delta += HintFormat.unzigzag(number());
    keyLength = (int) number();
    valueLength = (int) number();
    offset = recordEnd + gap;
    recordEnd = offset + recordBytes();
    return true;
  }

  int kind() {
    return kind;
  }

  /// Fingerprint and placement of the key's hash; the other bits are zero.
  long hash() {
    return hash;
  }

  /// Where the record stands in the data file.
  long offset() {
    return offset;
  }

  long sequenceDelta() {
    return delta;
  }

  int keyLength() {
    return keyLength;
  }

  int valueLength() {
    return valueLength;
  }

  long recordBytes() {
    return RecordFormat.bytes(delta, keyLength, valueLength);
  }

  private long number() {
    long value = Varint.get(segment, at, end);
    assert value >= 0 : "a hint with a good checksum does not decode at " + at;
    at += Varint.size(value);
    return value;
  }
}
