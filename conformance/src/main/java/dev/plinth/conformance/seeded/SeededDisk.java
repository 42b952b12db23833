package dev.plinth.conformance.seeded;

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

/// A disk with one of the bugs of [SeededBug].
final class SeededDisk implements Disk {
  private final Disk disk;
  private final SeededBug bug;

  SeededDisk(Disk disk, SeededBug bug) {
    this.disk = disk;
    this.bug = bug;
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    return new SeededFile(disk.open(path, mode));
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
    disk.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) {
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    disk.delete(path);
  }

  @Override
  public void link(Path existing, Path link) {
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) {
    if (bug != SeededBug.DIRECTORY_NOT_SYNCED) {
      sync(() -> disk.syncDirectory(directory));
    }
  }

  @Override
  public Lock lock(Path file) {
    return disk.lock(file);
  }

  @Override
  public long usableBytes(Path directory) {
    return disk.usableBytes(directory);
  }

  private void sync(Runnable sync) {
    if (bug == SeededBug.ACKNOWLEDGED_BEFORE_SYNC) {
      return;
    }
    try {
      sync.run();
    } catch (StorageException.Io e) {
      if (bug != SeededBug.FAILED_SYNC_RETRIED) {
        throw e;
      }
      sync.run();
    }
  }

  private final class SeededFile implements DiskFile {
    private final DiskFile file;

    SeededFile(DiskFile file) {
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
      try {
        file.write(offset, source, sourceOffset, length, cause);
      } catch (StorageException.Io e) {
        if (bug != SeededBug.SHORT_WRITE_IGNORED) {
          throw e;
        }
      }
    }

    @Override
    public void truncate(long size) {
      file.truncate(size);
    }

    @Override
    public void reserve(long size) {
      file.reserve(size);
    }

    @Override
    public void syncData() {
      sync(file::syncData);
    }

    @Override
    public void syncAll() {
      sync(file::syncAll);
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
