package dev.plinth.kit.compress;

import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Unpacks what a [Packer] has compressed. Not thread-safe.
public final class Unpacker {
  /// Readers look a few bytes past an end at once.
  private static final int SLACK_BYTES = 16;

  private @Nullable Decompressor lz4;
  private @Nullable Decompressor zstd;
  private MemorySegment scratch = MemorySegment.NULL;

  /// Unpacks bytes into [#segment()].
  ///
  /// @param raw how many bytes come of it
  /// @throws Malformed when they are not what a packer makes of so many bytes
  public void unpack(Compression compression, MemorySegment from, long offset, int bytes, int raw)
      throws Malformed {
    if (scratch.byteSize() < raw + SLACK_BYTES) {
      scratch = Arena.ofAuto().allocate(raw + (long) SLACK_BYTES, 8);
    }
    unpack(compression, from, offset, bytes, scratch, 0, raw);
  }

  /// Unpacks bytes into other memory.
  ///
  /// @throws Malformed likewise
  public void unpack(
      Compression compression,
      MemorySegment from,
      long offset,
      int bytes,
      MemorySegment to,
      long at,
      int raw)
      throws Malformed {
    int found;
    try {
      found =
          decompressor(compression).decompress(from.asSlice(offset, bytes), to.asSlice(at, raw));
    } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new Malformed("they do not unpack: " + e.getMessage(), e);
    }
    if (found != raw) {
      throw new Malformed(raw + " bytes expected of them, " + found + " found", null);
    }
  }

  /// The memory that holds what was unpacked last; it changes with the next call.
  public MemorySegment segment() {
    return scratch;
  }

  private Decompressor decompressor(Compression compression) {
    return switch (compression) {
      case LZ4 -> {
        Decompressor kept = lz4;
        if (kept == null) {
          kept = new Lz4JavaDecompressor();
          lz4 = kept;
        }
        yield kept;
      }
      case ZSTD -> {
        Decompressor kept = zstd;
        if (kept == null) {
          kept = new ZstdJavaDecompressor();
          zstd = kept;
        }
        yield kept;
      }
      case NONE -> throw new IllegalArgumentException("nothing to unpack");
    };
  }

  /// Bytes that do not unpack; whoever reads them knows the file and the offset.
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    private Malformed(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
