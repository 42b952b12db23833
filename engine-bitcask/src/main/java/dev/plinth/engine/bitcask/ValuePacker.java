package dev.plinth.engine.bitcask;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Packer;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Packs the values of puts before they are encoded, as the option `compression` says: those of
/// some length that shrink. Not thread-safe.
final class ValuePacker {
  /// Shorter values are left as they are.
  private static final int BYTES_MIN = 32;

  private final @Nullable Packer packer;
  private MemorySegment segment = MemorySegment.NULL;
  private long offset;
  private int length;
  private int code;

  ValuePacker(Compression compression) {
    this.packer = compression == Compression.NONE ? null : new Packer(compression);
  }

  /// Takes the value of a record; the accessors tell how it is to be stored, until the next one.
  void take(int kind, MemorySegment value, long valueOffset, int valueLength) {
    segment = value;
    offset = valueOffset;
    length = valueLength;
    code = 0;
    if (packer != null && kind == RecordFormat.PUT && valueLength >= BYTES_MIN) {
      int packed = packer.pack(value, valueOffset, valueLength, Varint.size(valueLength), 0);
      if (packed >= 0) {
        segment = packer.segment();
        Varint.put(segment, 0, valueLength);
        offset = 0;
        length = packed;
        code = packer.compression().code();
      }
    }
  }

  MemorySegment segment() {
    return segment;
  }

  long offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /// How it is packed, for [RecordFormat#write].
  int code() {
    return code;
  }
}
