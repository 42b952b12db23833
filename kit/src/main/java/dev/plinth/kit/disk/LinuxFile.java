package dev.plinth.kit.disk;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/// A file behind system calls: no lock around reads, no interrupt that closes it, nothing allocated
/// by reads and writes.
///
/// The descriptor is closed when `close` was called and the last call in progress has ended, since
/// its number may go to another file at once.
final class LinuxFile implements DiskFile {
  /// Linux moves at most a little less than 2 GiB at a time.
  private static final long TRANSFER_BYTES_MAX = 1L << 30;

  private static final int CLOSED = Integer.MIN_VALUE;
  private static final int RELEASED = 1 << 30;

  private final Path path;
  private final int descriptor;
  private final LinuxMappings mappings = new LinuxMappings();

  /// How many calls are in progress, with [#CLOSED] once `close` was called, and [#RELEASED] once
  /// the descriptor was given back.
  private final AtomicInteger calls = new AtomicInteger();

  private LinuxFile(Path path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  static LinuxFile open(Path path, OpenMode mode) {
    int flags =
        switch (mode) {
          case READ -> LinuxCalls.O_RDONLY;
          case WRITE -> LinuxCalls.O_RDWR;
          case CREATE -> LinuxCalls.O_RDWR | LinuxCalls.O_CREAT | LinuxCalls.O_EXCL;
        };
    int descriptor = LinuxCalls.open(path, flags);
    if (descriptor < 0) {
      throw DiskErrors.of("opening", path, -1, -descriptor);
    }
    return new LinuxFile(path, descriptor);
  }

  static void syncDirectory(Path directory) {
    int descriptor = LinuxCalls.open(directory, LinuxCalls.O_RDONLY);
    if (descriptor < 0) {
      throw DiskErrors.of("opening the directory", directory, -1, -descriptor);
    }
    int result = LinuxCalls.fsync(descriptor);
    LinuxCalls.close(descriptor);
    if (result < 0) {
      throw DiskErrors.of("syncing the directory", directory, -1, -result);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    enter();
    try {
      return require("asking for the size", -1, LinuxCalls.size(descriptor));
    } finally {
      exit();
    }
  }

  @Override
  public int read(long offset, MemorySegment target, long targetOffset, int length) {
    Objects.checkFromIndexSize(targetOffset, length, target.byteSize());
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target is read-only");
    }
    enter();
    Scratch scratch = Scratch.borrow();
    try {
      return target.isNative()
          ? readNative(scratch, offset, target, targetOffset, length)
          : readHeap(scratch, offset, target, targetOffset, length);
    } finally {
      scratch.giveBack();
      exit();
    }
  }

  @Override
  public void write(
      long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
    Objects.checkFromIndexSize(sourceOffset, length, source.byteSize());
    enter();
    Scratch scratch = Scratch.borrow();
    try {
      if (source.isNative()) {
        writeNative(scratch, offset, source, sourceOffset, length);
      } else {
        writeHeap(scratch, offset, source, sourceOffset, length);
      }
    } finally {
      scratch.giveBack();
      exit();
    }
  }

  @Override
  public void truncate(long size) {
    enter();
    try {
      if (size < require("asking for the size", -1, LinuxCalls.size(descriptor))) {
        require("truncating", size, LinuxCalls.ftruncate(descriptor, size));
      }
    } finally {
      exit();
    }
  }

  @Override
  public void reserve(long size) {
    enter();
    try {
      long present = require("asking for the size", -1, LinuxCalls.size(descriptor));
      if (size > present) {
        int result = LinuxCalls.fallocate(descriptor, 0, present, size - present);
        if (result == -DiskErrors.EOPNOTSUPP) {
          result = LinuxCalls.ftruncate(descriptor, size);
        }
        require("reserving " + (size - present) + " bytes", present, result);
      }
    } finally {
      exit();
    }
  }

  @Override
  public void reserve(long offset, long length) {
    enter();
    try {
      int result = LinuxCalls.fallocate(descriptor, LinuxCalls.KEEP_SIZE, offset, length);
      if (result != -DiskErrors.EOPNOTSUPP) {
        require("reserving " + length + " bytes", offset, result);
      }
    } finally {
      exit();
    }
  }

  @Override
  public boolean discard(long offset, long length) {
    enter();
    try {
      return LinuxCalls.fallocate(descriptor, LinuxCalls.PUNCH_HOLE, offset, length) >= 0;
    } finally {
      exit();
    }
  }

  @Override
  public void writeBack(long offset, long length) {
    enter();
    try {
      LinuxCalls.writeBack(descriptor, offset, length);
    } finally {
      exit();
    }
  }

  @Override
  public void syncData() {
    enter();
    try {
      require("syncing", -1, LinuxCalls.fdatasync(descriptor));
    } finally {
      exit();
    }
  }

  @Override
  public void syncAll() {
    enter();
    try {
      require("syncing", -1, LinuxCalls.fsync(descriptor));
    } finally {
      exit();
    }
  }

  @Override
  public MemorySegment map(long offset, long length, Arena arena) {
    enter();
    try {
      long size = require("asking for the size", -1, LinuxCalls.size(descriptor));
      requireInside(path, offset, length, size);
      return mappings.map(path, descriptor, offset, length, arena);
    } finally {
      exit();
    }
  }

  @Override
  public void advise(long offset, long length, ReadAdvice advice) {
    enter();
    try {
      mappings.advise(offset, length, advice);
      LinuxCalls.fadvise(descriptor, offset, length, LinuxMappings.number(advice));
    } finally {
      exit();
    }
  }

  @Override
  public void close() {
    if ((calls.getAndUpdate(count -> count | CLOSED) & ~CLOSED) == 0) {
      closeOnce();
    }
  }

  /// Refuses to map what a file does not have.
  static void requireInside(Path path, long offset, long length, long size) {
    if (offset < 0 || length < 0 || length > size - offset) {
      throw new StorageException.Io(
          path
              + ": mapping "
              + length
              + " bytes at offset "
              + offset
              + " goes behind the end of the file at "
              + size
              + "; it was cut, or its metadata is wrong: verify the store",
          null);
    }
  }

  private int readNative(
      Scratch scratch, long offset, MemorySegment target, long targetOffset, int length) {
    int done = 0;
    while (done < length) {
      long count =
          LinuxCalls.pread(
              scratch, descriptor, target, targetOffset + done, length - done, offset + done);
      if (count == 0) {
        break;
      }
      if (count > 0) {
        done += (int) count;
      } else if (count != -DiskErrors.EINTR) {
        throw failed("reading", length, offset, count);
      }
    }
    return done;
  }

  private int readHeap(
      Scratch scratch, long offset, MemorySegment target, long targetOffset, int length) {
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, Scratch.BUFFER_BYTES);
      int count = readNative(scratch, offset + done, scratch.buffer(), 0, part);
      MemorySegment.copy(scratch.buffer(), 0, target, targetOffset + done, count);
      done += count;
      if (count < part) {
        break;
      }
    }
    return done;
  }

  private void writeNative(
      Scratch scratch, long offset, MemorySegment source, long sourceOffset, long length) {
    long done = 0;
    while (done < length) {
      long part = Math.min(length - done, TRANSFER_BYTES_MAX);
      long count =
          LinuxCalls.pwrite(scratch, descriptor, source, sourceOffset + done, part, offset + done);
      if (count == 0) {
        throw failed("writing", length, offset, -DiskErrors.EIO);
      }
      if (count > 0) {
        done += count;
      } else if (count != -DiskErrors.EINTR) {
        throw failed("writing", length, offset, count);
      }
    }
  }

  private void writeHeap(
      Scratch scratch, long offset, MemorySegment source, long sourceOffset, long length) {
    long done = 0;
    while (done < length) {
      long part = Math.min(length - done, Scratch.BUFFER_BYTES);
      MemorySegment.copy(source, sourceOffset + done, scratch.buffer(), 0, part);
      writeNative(scratch, offset + done, scratch.buffer(), 0, part);
      done += part;
    }
  }

  private StorageException failed(String operation, long length, long offset, long result) {
    return DiskErrors.of(operation + " " + length + " bytes", path, offset, (int) -result);
  }

  private long require(String operation, long offset, long result) {
    if (result < 0) {
      throw DiskErrors.of(operation, path, offset, (int) -result);
    }
    return result;
  }

  private void enter() {
    if (calls.incrementAndGet() < 0) {
      exit();
      throw DiskErrors.closed(path);
    }
  }

  private void exit() {
    if (calls.decrementAndGet() == CLOSED) {
      closeOnce();
    }
  }

  /// Late callers that are turned away pass here too: only the first one closes.
  private void closeOnce() {
    if (calls.compareAndSet(CLOSED, CLOSED | RELEASED)) {
      LinuxCalls.close(descriptor);
    }
  }
}
