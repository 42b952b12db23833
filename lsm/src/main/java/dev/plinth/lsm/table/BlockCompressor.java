package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Layouts;
import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Compresses blocks. Not thread-safe.
final class BlockCompressor {
  /// A block is stored as it is unless this share of it is saved.
  private static final int SAVED_SHARE = 8;

  private final Compressor compressor;
  private final byte kind;
  private MemorySegment output = MemorySegment.NULL;

  /// @param compression other than [Compression#NONE]
  BlockCompressor(Compression compression) {
    this.kind = compression.code();
    this.compressor =
        compression == Compression.LZ4 ? new Lz4JavaCompressor() : new ZstdJavaCompressor();
  }

  /// The kind of the blocks it makes.
  byte kind() {
    return kind;
  }

  /// Compresses the first bytes of a block into [#segment()].
  ///
  /// @return how many bytes came of it; -1 when too little is saved
  int compress(MemorySegment block, int bytes) {
    long most =
        TableFormat.RAW_BYTES
            + (long) compressor.maxCompressedLength(bytes)
            + TableFormat.TRAILER_BYTES;
    if (output.byteSize() < most) {
      output = Arena.ofAuto().allocate(most, 8);
    }
    int packed =
        compressor.compress(block.asSlice(0, bytes), output.asSlice(TableFormat.RAW_BYTES));
    int stored = TableFormat.RAW_BYTES + packed;
    if (stored > bytes - bytes / SAVED_SHARE) {
      return -1;
    }
    output.set(Layouts.INT, 0, bytes);
    return stored;
  }

  /// The memory that holds the compressed block; there is room for kind and checksum behind it.
  MemorySegment segment() {
    return output;
  }
}
