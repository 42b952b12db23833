package dev.plinth.kit.disk;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;

/// A file behind [FileChannel], for systems without [LinuxCalls].
///
/// An interrupt of a thread inside a `FileChannel` closes it for everyone. So there are two:
/// callers read through one, and all else goes through the other on threads of [DiskThreads] that
/// nobody interrupts. When an interrupt did close the first, reads take the second way from then
/// on: slower, and right even when the file was renamed or deleted meanwhile. Advice has no effect.
final class ChannelFile implements DiskFile {
  private final Path path;
  private final FileChannel reading;
  private final FileChannel anchor;

  private ChannelFile(Path path, FileChannel reading, FileChannel anchor) {
    this.path = path;
    this.reading = reading;
    this.anchor = anchor;
  }

  static ChannelFile open(Path path, OpenMode mode) {
    Set<StandardOpenOption> options =
        switch (mode) {
          case READ -> Set.of(StandardOpenOption.READ);
          case WRITE -> Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
          case CREATE ->
              Set.of(
                  StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        };
    return DiskErrors.attempt(
        "opening",
        path,
        -1,
        () -> {
          FileChannel anchor = FileChannel.open(path, options);
          try {
            return new ChannelFile(path, FileChannel.open(path, StandardOpenOption.READ), anchor);
          } catch (Throwable e) {
            anchor.close();
            throw e;
          }
        });
  }

  static void syncDirectory(Path directory) {
    DiskThreads.run(
        "syncing the directory",
        directory,
        -1,
        () -> {
          try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
            return 0;
          }
        });
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    return DiskThreads.run("asking for the size", path, -1, anchor::size);
  }

  @Override
  public int read(long offset, MemorySegment target, long targetOffset, int length) {
    Objects.checkFromIndexSize(targetOffset, length, target.byteSize());
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target is read-only");
    }
    Scratch scratch = Scratch.borrow();
    try {
      MemorySegment buffer = scratch.buffer();
      int done = 0;
      while (done < length) {
        int part = Math.min(length - done, Scratch.BUFFER_BYTES);
        int count = readPart(offset + done, buffer.asSlice(0, part).asByteBuffer());
        MemorySegment.copy(buffer, 0, target, targetOffset + done, count);
        done += count;
        if (count < part) {
          break;
        }
      }
      return done;
    } finally {
      scratch.giveBack();
    }
  }

  @Override
  public void write(
      long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
    Objects.checkFromIndexSize(sourceOffset, length, source.byteSize());
    Scratch scratch = Scratch.borrow();
    try {
      MemorySegment buffer = scratch.buffer();
      for (long done = 0; done < length; done += Scratch.BUFFER_BYTES) {
        int part = (int) Math.min(length - done, Scratch.BUFFER_BYTES);
        MemorySegment.copy(source, sourceOffset + done, buffer, 0, part);
        writePart(offset + done, buffer.asSlice(0, part).asByteBuffer());
      }
    } finally {
      scratch.giveBack();
    }
  }

  @Override
  public void truncate(long size) {
    DiskThreads.run("truncating", path, size, () -> anchor.truncate(size));
  }

  @Override
  public void reserve(long size) {
    DiskThreads.run(
        "reserving",
        path,
        size,
        () -> size <= anchor.size() ? 0 : anchor.write(ByteBuffer.allocate(1), size - 1));
  }

  @Override
  public void syncData() {
    force(false);
  }

  @Override
  public void syncAll() {
    force(true);
  }

  /// When an interrupt closes the callers' channel at this very moment, the mapping lives until it
  /// is garbage, not until the arena is closed.
  @Override
  public MemorySegment map(long offset, long length, Arena arena) {
    LinuxFile.requireInside(path, offset, length, size());
    boolean interrupted = Thread.interrupted();
    try {
      return DiskErrors.attempt(
          "mapping " + length + " bytes",
          path,
          offset,
          () -> {
            try {
              return reading.map(FileChannel.MapMode.READ_ONLY, offset, length, arena);
            } catch (ClosedChannelException e) {
              return mapLate(offset, length);
            }
          });
    } finally {
      restore(interrupted);
    }
  }

  @Override
  public void advise(long offset, long length, ReadAdvice advice) {
    if (!anchor.isOpen()) {
      throw DiskErrors.closed(path);
    }
  }

  @Override
  public void close() {
    DiskErrors.attempt(
        "closing",
        path,
        -1,
        () -> {
          try (anchor) {
            reading.close();
          }
          return 0;
        });
  }

  /// Closes the channel that callers read through, as an interrupt would.
  void loseReading() {
    DiskErrors.attempt(
        "closing",
        path,
        -1,
        () -> {
          reading.close();
          return 0;
        });
  }

  private int readPart(long offset, ByteBuffer target) {
    boolean interrupted = Thread.interrupted();
    try {
      return DiskErrors.attempt(
          "reading " + target.capacity() + " bytes",
          path,
          offset,
          () -> {
            try {
              return fill(reading, offset, target).run();
            } catch (ClosedChannelException e) {
              return readLate(offset, target.clear());
            }
          });
    } finally {
      restore(interrupted);
    }
  }

  private int readLate(long offset, ByteBuffer target) {
    return DiskThreads.run("reading", path, offset, fill(anchor, offset, target));
  }

  private MemorySegment mapLate(long offset, long length) {
    return DiskThreads.run(
        "mapping",
        path,
        offset,
        () -> MemorySegment.ofBuffer(anchor.map(FileChannel.MapMode.READ_ONLY, offset, length)));
  }

  private void writePart(long offset, ByteBuffer source) {
    DiskThreads.run(
        "writing " + source.capacity() + " bytes",
        path,
        offset,
        () -> {
          while (source.hasRemaining()) {
            anchor.write(source, offset + source.position());
          }
          return 0;
        });
  }

  private void force(boolean metadata) {
    DiskThreads.run(
        "syncing",
        path,
        -1,
        () -> {
          anchor.force(metadata);
          return 0;
        });
  }

  /// Reads until the buffer is full or the file ends.
  private static DiskErrors.Action<Integer> fill(
      FileChannel channel, long offset, ByteBuffer target) {
    return () -> {
      int count = 1;
      while (target.hasRemaining() && count > 0) {
        count = channel.read(target, offset + target.position());
      }
      return target.position();
    };
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
