package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.spi.StorageException;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Unpacks compressed blocks for one reader, through the cache: shows one block at a time, which
/// stays until the next one or [#release()]. Not thread-safe.
final class Unpacker {
  /// Readers look a few bytes past a block's end at once.
  private static final int SLACK_BYTES = 16;

  private @Nullable Decompressor lz4;
  private @Nullable Decompressor zstd;
  private MemorySegment scratch = MemorySegment.NULL;
  private @Nullable BlockCache pinnedIn;
  private long pinned;

  /// Shows a compressed block.
  ///
  /// @param cache where unpacked blocks are looked for
  /// @param keep whether it is put there
  /// @param path names the table in errors
  /// @param file the table's bytes
  /// @param bytes how many bytes the block has in the file, without kind and checksum
  void show(
      BlockCache cache,
      boolean keep,
      long identity,
      Path path,
      MemorySegment file,
      long offset,
      int bytes,
      Block block) {
    release();
    long handle = cache.pin(identity, offset);
    if (handle < 0) {
      int raw = unpack(path, file, offset, bytes);
      if (keep) {
        handle = cache.add(identity, offset, scratch, raw);
      }
      if (handle < 0) {
        block.set(scratch, 0, raw);
        return;
      }
    }
    pinned = handle;
    pinnedIn = cache;
    block.set(cache.segment(handle), cache.offset(handle), cache.length(handle));
  }

  /// Lets the block go.
  void release() {
    BlockCache cache = pinnedIn;
    if (cache != null) {
      pinnedIn = null;
      cache.unpin(pinned);
    }
  }

  private int unpack(Path path, MemorySegment file, long offset, int bytes) {
    int raw = bytes < TableFormat.RAW_BYTES ? -1 : file.get(Layouts.INT, offset);
    if (raw < TableFormat.COUNTS_BYTES || raw > TableFormat.RAW_BYTES_MAX) {
      throw corrupt(path, offset, "a compressed block of " + raw + " bytes");
    }
    if (scratch.byteSize() < raw + SLACK_BYTES) {
      scratch = Arena.ofAuto().allocate(raw + (long) SLACK_BYTES, 8);
    }
    MemorySegment packed =
        file.asSlice(offset + TableFormat.RAW_BYTES, bytes - (long) TableFormat.RAW_BYTES);
    int found;
    try {
      found =
          decompressor(path, file.get(Layouts.BYTE, offset + bytes), offset)
              .decompress(packed, scratch.asSlice(0, raw));
    } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw corrupt(path, offset, "a compressed block does not unpack: " + e.getMessage());
    }
    if (found != raw) {
      throw corrupt(path, offset, raw + " bytes expected of a block, " + found + " found");
    }
    return raw;
  }

  private Decompressor decompressor(Path path, byte kind, long offset) {
    if (kind == Compression.LZ4.code()) {
      if (lz4 == null) {
        lz4 = new Lz4JavaDecompressor();
      }
      return lz4;
    }
    if (kind == Compression.ZSTD.code()) {
      if (zstd == null) {
        zstd = new ZstdJavaDecompressor();
      }
      return zstd;
    }
    throw corrupt(path, offset, "a block of unknown kind " + kind);
  }

  private static StorageException corrupt(Path path, long offset, String detail) {
    return new StorageException.Corrupt(path, offset, detail);
  }
}
