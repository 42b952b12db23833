package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// The file of a table while it is written: bytes from front to back, through a buffer. Not
/// thread-safe.
final class TableFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final DiskFile file;
  private final long identity;
  private final ByteCause cause;
  private final MemorySegment buffer;
  private int buffered;
  private long flushed;

  TableFile(Disk disk, Path path, long identity, ByteCause cause, Arena arena) {
    this.buffer = arena.allocate(BUFFER_BYTES, 64);
    this.file = disk.open(path, OpenMode.CREATE);
    this.identity = identity;
    this.cause = cause;
  }

  /// Where the next byte goes.
  long position() {
    return flushed + buffered;
  }

  /// Appends bytes as they are.
  void append(MemorySegment source, long offset, long length) {
    if (length > BUFFER_BYTES - buffered) {
      flush();
    }
    if (length > BUFFER_BYTES) {
      file.write(flushed, source, offset, length, cause);
      flushed += length;
      return;
    }
    MemorySegment.copy(source, offset, buffer, buffered, length);
    buffered += (int) length;
  }

  /// Appends a block: sets kind and checksum behind its bytes, for which there must be room.
  void appendBlock(MemorySegment block, int bytes, byte kind) {
    block.set(Layouts.BYTE, bytes, kind);
    int crc = TableFormat.checksum(identity, position(), block, 0, bytes + 1L);
    block.set(Layouts.INT, bytes + 1L, crc);
    append(block, 0, bytes + (long) TableFormat.TRAILER_BYTES);
  }

  /// Appends zeros up to a multiple of `alignment`.
  void align(long alignment) {
    long rest = -position() & (alignment - 1);
    while (rest > 0) {
      if (buffered == BUFFER_BYTES) {
        flush();
      }
      int zeros = (int) Math.min(rest, BUFFER_BYTES - buffered);
      buffer.asSlice(buffered, zeros).fill((byte) 0);
      buffered += zeros;
      rest -= zeros;
    }
  }

  /// Makes all of it durable.
  void sync() {
    flush();
    file.syncData();
  }

  @Override
  public void close() {
    file.close();
  }

  private void flush() {
    if (buffered > 0) {
      file.write(flushed, buffer, 0, buffered, cause);
      flushed += buffered;
      buffered = 0;
    }
  }
}
