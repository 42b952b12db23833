package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Unpacker;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Unpacks compressed blocks for one reader, through the cache: shows one block at a time, which
/// stays until the next one or [#release()]. Not thread-safe.
final class UnpackedBlocks {
  private final Unpacker unpacker = new Unpacker();
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
        handle = cache.add(identity, offset, unpacker.segment(), raw);
      }
      if (handle < 0) {
        block.set(unpacker.segment(), 0, raw);
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
    byte kind = file.get(Layouts.BYTE, offset + bytes);
    Compression compression = Compression.of(kind);
    if (compression == null || compression == Compression.NONE) {
      throw corrupt(path, offset, "a block of unknown kind " + kind);
    }
    try {
      unpacker.unpack(
          compression, file, offset + TableFormat.RAW_BYTES, bytes - TableFormat.RAW_BYTES, raw);
    } catch (Unpacker.Malformed e) {
      throw corrupt(path, offset, "a compressed block: " + e.getMessage());
    }
    return raw;
  }

  private static StorageException corrupt(Path path, long offset, String detail) {
    return new StorageException.Corrupt(path, offset, detail);
  }
}
