package dev.plinth.conformance.disk;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.nio.file.Path;

/// An open file of a [SimDisk]; every call holds the disk's monitor.
final class SimFile implements DiskFile {
  private static final int WRITE_BYTES_MAX = 1 << 30;
  private static final MemorySegment ZEROS = MemorySegment.ofArray(Pages.ZEROS);

  private final SimDisk disk;
  private final Path path;
  private final Node.File file;
  private final boolean writable;
  private boolean closed;

  SimFile(SimDisk disk, Path path, Node.File file, boolean writable) {
    this.disk = disk;
    this.path = path;
    this.file = file;
    this.writable = writable;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    synchronized (disk) {
      requireOpen();
      return file.current.size();
    }
  }

  @Override
  public int read(long offset, MemorySegment target, long targetOffset, int length) {
    synchronized (disk) {
      requireOpen();
      requireOffset(offset);
      int available = (int) Math.min(length, Math.max(0, file.current.size() - offset));
      file.current.read(offset, target, targetOffset, available);
      return available;
    }
  }

  @Override
  public void write(
      long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
    synchronized (disk) {
      requireWritable();
      requireOffset(offset);
      if (length < 0 || length > WRITE_BYTES_MAX) {
        throw new IllegalArgumentException("a write of " + length + " bytes");
      }
      byte[] bytes = copy(source, sourceOffset, (int) length);
      long before = file.current.size();
      long after = Math.max(before, offset + length);
      requireGrowth(before, after);
      if (length > 0) {
        disk.requireUnmapped(file, path, "change", offset, length);
      }
      disk.data(
          () -> describe("write", offset, length) + " " + cause,
          file,
          new Unsynced.Data(disk.stamp(), file.id, offset, bytes, before, after, false));
      file.current.write(offset, bytes, 0, bytes.length);
    }
  }

  /// Pages of zeros, as logs write them ahead, are all the same one.
  private static byte[] copy(MemorySegment source, long offset, int length) {
    if (length == Pages.PAGE_BYTES
        && MemorySegment.mismatch(source, offset, offset + length, ZEROS, 0, length) < 0) {
      return Pages.ZEROS;
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }

  @Override
  public void truncate(long size) {
    synchronized (disk) {
      requireWritable();
      requireOffset(size);
      long before = file.current.size();
      if (size >= before) {
        return;
      }
      disk.requireUnmapped(file, path, "truncation", size, before - size);
      disk.data(
          () -> "truncate " + path + " to " + size,
          file,
          new Unsynced.Data(disk.stamp(), file.id, size, null, before, size, false));
      file.current.resize(size);
    }
  }

  @Override
  public void reserve(long size) {
    synchronized (disk) {
      requireWritable();
      requireOffset(size);
      long before = file.current.size();
      if (size <= before) {
        return;
      }
      requireGrowth(before, size);
      disk.data(
          () -> "reserve " + path + " to " + size,
          file,
          new Unsynced.Data(disk.stamp(), file.id, before, null, before, size, false));
      file.current.resize(size);
    }
  }

  /// Room for what lies below the size is never taken back here.
  @Override
  public void reserve(long offset, long length) {
    synchronized (disk) {
      requireWritable();
      requireInside(offset, length);
    }
  }

  /// Makes the bytes zeros, so that whoever needs them still finds out; a crash may undo it.
  @Override
  public boolean discard(long offset, long length) {
    synchronized (disk) {
      requireWritable();
      requireInside(offset, length);
      if (length > 0) {
        disk.requireUnmapped(file, path, "discarding", offset, length);
      }
      byte[] zeros = new byte[Math.toIntExact(length)];
      long size = file.current.size();
      disk.data(
          () -> describe("discard", offset, length),
          file,
          new Unsynced.Data(disk.stamp(), file.id, offset, zeros, size, size, false));
      file.current.write(offset, zeros, 0, zeros.length);
      return true;
    }
  }

  @Override
  public void syncData() {
    sync("sync ");
  }

  @Override
  public void syncAll() {
    sync("sync all of ");
  }

  private void sync(String what) {
    synchronized (disk) {
      requireOpen();
      disk.step(() -> what + path);
      file.sync();
    }
  }

  /// What a failed sync of this file does: see [SimDisk#failSync].
  void failSync() {
    synchronized (disk) {
      requireOpen();
      file.abandon();
    }
  }

  @Override
  public MemorySegment map(long offset, long length, Arena arena) {
    synchronized (disk) {
      requireOpen();
      requireOffset(offset);
      if (length < 0 || offset + length > file.current.size()) {
        throw new StorageException.Io(describe("map beyond the end:", offset, length), null);
      }
      MemorySegment copy = arena.allocate(Math.max(1, length), 8).asSlice(0, length);
      file.current.read(offset, copy, 0, Math.toIntExact(length));
      file.mappings.removeIf(mapping -> !mapping.isAlive());
      file.mappings.add(new Node.File.Mapping(offset, length, new WeakReference<>(arena.scope())));
      return copy.asReadOnly();
    }
  }

  @Override
  public void advise(long offset, long length, ReadAdvice advice) {
    synchronized (disk) {
      requireOpen();
    }
  }

  @Override
  public void close() {
    synchronized (disk) {
      if (!closed) {
        closed = true;
        disk.closed(file);
      }
    }
  }

  private void requireGrowth(long before, long after) {
    long more = SimDisk.rounded(after) - SimDisk.rounded(before);
    if (more > 0) {
      disk.requireSpace(path, more);
    }
  }

  private void requireInside(long offset, long length) {
    requireOffset(offset);
    if (length < 0 || length > file.current.size() - offset) {
      throw new IllegalArgumentException(
          describe("behind the end at " + file.current.size() + ":", offset, length));
    }
  }

  private void requireOffset(long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException(path + ": offset " + offset);
    }
  }

  private void requireWritable() {
    requireOpen();
    if (!writable) {
      throw new StorageException.Io(path + ": was opened for reading only", null);
    }
  }

  private void requireOpen() {
    disk.requirePower();
    if (closed) {
      throw new StorageException.Closed(path + ": the file was closed");
    }
  }

  private String describe(String what, long offset, long length) {
    return what + " " + path + " " + offset + "+" + length;
  }
}
