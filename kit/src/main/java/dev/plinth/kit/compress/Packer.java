package dev.plinth.kit.compress;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import io.airlift.compress.v3.zstd.ZstdJavaCompressor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Compresses bytes where that saves enough. Not thread-safe.
public final class Packer {
  /// Bytes are stored as they are unless this share of them is saved.
  private static final int SAVED_SHARE = 8;

  private final Compression compression;
  private final Compressor compressor;
  private MemorySegment output = MemorySegment.NULL;

  /// @param compression other than [Compression#NONE]
  public Packer(Compression compression) {
    this.compression = compression;
    this.compressor =
        switch (compression) {
          case LZ4 -> new Lz4JavaCompressor();
          case ZSTD -> new ZstdJavaCompressor();
          case NONE -> throw new IllegalArgumentException("nothing to compress with");
        };
  }

  /// How it compresses.
  public Compression compression() {
    return compression;
  }

  /// Compresses bytes into [#segment()].
  ///
  /// @param head how many bytes are left free in front, for the caller, and counted as cost
  /// @param tail how many bytes are left free behind
  /// @return how many bytes head and compressed bytes take; -1 when less than an eighth is saved
  public int pack(MemorySegment from, long offset, int bytes, int head, int tail) {
    long most = head + (long) compressor.maxCompressedLength(bytes) + tail;
    if (output.byteSize() < most) {
      output = Arena.ofAuto().allocate(most, 8);
    }
    int stored =
        head + compressor.compress(from.asSlice(offset, bytes), output.asSlice(head, most - head));
    return stored > bytes - bytes / SAVED_SHARE ? -1 : stored;
  }

  /// The memory that holds what was compressed last; it changes with the next call.
  public MemorySegment segment() {
    return output;
  }
}
