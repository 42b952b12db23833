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

  /// So many bytes are written before the device is asked to begin with them.
  private static final long WRITE_BACK_BYTES = 1 << 20;

  private final DiskFile file;
  private final ByteCause cause;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_BYTES, 64);
  private int buffered;
  private long flushed;
  private long begun;
  private boolean released;

  BatchFile(Disk disk, Path path, long start, ByteCause cause) {
    this.file = disk.open(path, start == 0 ? OpenMode.CREATE : OpenMode.WRITE);
    this.flushed = start;
    this.begun = start;
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
      write(source, offset, length);
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

  /// Hands all of it to the operating system.
  ///
  /// @return the file, which the caller syncs and closes
  DiskFile release() {
    flush();
    if (flushed > begun) {
      file.writeBack(begun, flushed - begun);
    }
    released = true;
    return file;
  }

  @Override
  public void close() {
    if (!released) {
      file.close();
    }
  }

  private void flush() {
    if (buffered > 0) {
      write(buffer, 0, buffered);
      buffered = 0;
    }
  }

  private void write(MemorySegment source, long offset, long length) {
    file.write(flushed, source, offset, length, cause);
    flushed += length;
    if (flushed - begun >= WRITE_BACK_BYTES) {
      file.writeBack(begun, flushed - begun);
      begun = flushed;
    }
  }
}
