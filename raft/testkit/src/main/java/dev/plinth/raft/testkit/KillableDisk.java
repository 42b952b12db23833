package dev.plinth.raft.testkit;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// A disk until the process that uses it is killed: from then on nothing is written, synced,
/// renamed or deleted any more, as by `kill -9`. What was open can be closed, and locks are
/// released, as the system does for a dead process.
///
/// Reads go on: nobody hears of what a dead process has read, and libraries that meet a failing
/// read while they send entries may keep a lock for ever, so that the member could not be ended.
public final class KillableDisk implements Disk {
  private final Disk disk;
  private volatile boolean killed;

  /// @param disk what is under it
  public KillableDisk(Disk disk) {
    this.disk = disk;
  }

  /// Takes the disk away from its process.
  public void kill() {
    killed = true;
  }

  private void requireAlive(Path path) {
    if (killed) {
      throw new StorageException.Io(path + ": the process was killed", null);
    }
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    if (mode != OpenMode.READ) {
      requireAlive(path);
    }
    return new KillableFile(disk.open(path, mode));
  }

  @Override
  public boolean exists(Path path) {
    return disk.exists(path);
  }

  @Override
  public long size(Path path) {
    return disk.size(path);
  }

  @Override
  public List<String> list(Path directory) {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) {
    requireAlive(directory);
    disk.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) {
    requireAlive(from);
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    requireAlive(path);
    disk.delete(path);
  }

  @Override
  public void link(Path existing, Path link) {
    requireAlive(link);
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) {
    requireAlive(directory);
    disk.syncDirectory(directory);
  }

  @Override
  public Lock lock(Path file) {
    requireAlive(file);
    return disk.lock(file);
  }

  @Override
  public long usableBytes(Path directory) {
    return disk.usableBytes(directory);
  }

  @Override
  public void willNeed(MemorySegment mapped, long offset, long length) {
    disk.willNeed(mapped, offset, length);
  }

  private final class KillableFile implements DiskFile {
    private final DiskFile file;

    KillableFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public long size() {
      return file.size();
    }

    @Override
    public int read(long offset, MemorySegment target, long targetOffset, int length) {
      return file.read(offset, target, targetOffset, length);
    }

    @Override
    public void write(
        long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
      requireAlive(path());
      file.write(offset, source, sourceOffset, length, cause);
    }

    @Override
    public void truncate(long size) {
      requireAlive(path());
      file.truncate(size);
    }

    @Override
    public void reserve(long size) {
      requireAlive(path());
      file.reserve(size);
    }

    @Override
    public void reserve(long offset, long length) {
      requireAlive(path());
      file.reserve(offset, length);
    }

    @Override
    public boolean discard(long offset, long length) {
      requireAlive(path());
      return file.discard(offset, length);
    }

    @Override
    public void syncData() {
      requireAlive(path());
      file.syncData();
    }

    @Override
    public void syncAll() {
      requireAlive(path());
      file.syncAll();
    }

    @Override
    public MemorySegment map(long offset, long length, Arena arena) {
      return file.map(offset, length, arena);
    }

    @Override
    public void advise(long offset, long length, ReadAdvice advice) {
      file.advise(offset, length, advice);
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
