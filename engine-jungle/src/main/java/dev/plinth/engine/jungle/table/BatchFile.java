package dev.plinth.engine.jungle.table;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// The file of a table while a batch is appended: bytes from the batch's start on, through a
/// buffer. Not thread-safe.
final class BatchFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final DiskFile file;
  private final ByteCause cause;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_BYTES, 64);
  private int buffered;
  private long flushed;

  BatchFile(Disk disk, Path path, long start, ByteCause cause) {
    this.file = disk.open(path, start == 0 ? OpenMode.CREATE : OpenMode.WRITE);
    this.flushed = start;
    this.cause = cause;
  }

  /// Where the next byte goes.
  long position() {
    return flushed + buffered;
  }

  /// Appends bytes.
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

  /// Appends zeros up to a multiple of a page.
  void align() {
    long rest = TableFormat.alignUp(position()) - position();
    if (rest > BUFFER_BYTES - buffered) {
      flush();
    }
    buffer.asSlice(buffered, rest).fill((byte) 0);
    buffered += (int) rest;
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
