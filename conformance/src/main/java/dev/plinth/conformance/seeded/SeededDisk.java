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
import java.util.concurrent.atomic.AtomicLong;

/// A disk with one of the bugs of [SeededBug].
final class SeededDisk implements Disk {
  private static final int RARE = 23;
  private static final int SECTOR_BYTES = 512;

  /// What was last done to the names of folders.
  private enum NameChange {
    NONE,
    CREATION,
    RENAME,
    DELETION
  }

  private final Disk disk;
  private final SeededBug bug;
  private final Path store;
  private final AtomicLong syncs = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private volatile NameChange lastChange = NameChange.NONE;
  private volatile boolean opening = true;

  /// @param store the engine's folder
  SeededDisk(Disk disk, SeededBug bug, Path store) {
    this.disk = disk;
    this.bug = bug;
    this.store = store.normalize();
  }

  /// The engine is open now.
  void opened() {
    opening = false;
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    if (mode == OpenMode.CREATE) {
      lastChange = NameChange.CREATION;
    }
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
    lastChange = NameChange.RENAME;
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    lastChange = NameChange.DELETION;
    disk.delete(path);
  }

  @Override
  public void link(Path existing, Path link) {
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) {
    boolean forgotten =
        switch (bug) {
          case DIRECTORY_NOT_SYNCED -> true;
          case CREATION_NOT_SYNCED -> lastChange == NameChange.CREATION;
          case RENAME_NOT_SYNCED -> lastChange == NameChange.RENAME;
          default -> false;
        };
    if (!forgotten) {
      sync(directory, () -> disk.syncDirectory(directory));
    }
  }

  @Override
  public Lock lock(Path file) {
    return bug == SeededBug.LOCK_NOT_TAKEN ? () -> {} : disk.lock(file);
  }

  @Override
  public long usableBytes(Path directory) {
    return disk.usableBytes(directory);
  }

  @Override
  public void willNeed(MemorySegment mapped, long offset, long length) {
    disk.willNeed(mapped, offset, length);
  }

  private void sync(Path path, Runnable sync) {
    if (isForgotten(path)) {
      return;
    }
    try {
      sync.run();
    } catch (StorageException.Io e) {
      if (bug == SeededBug.FAILED_SYNC_RETRIED) {
        sync.run();
      } else if (bug != SeededBug.FAILED_SYNC_IGNORED) {
        throw e;
      }
    }
  }

  private boolean isForgotten(Path path) {
    String name = String.valueOf(path.getFileName());
    return switch (bug) {
      case ACKNOWLEDGED_BEFORE_SYNC -> true;
      case EVERY_OTHER_SYNC_SKIPPED -> syncs.incrementAndGet() % 2 == 0;
      case RENAMED_BEFORE_SYNC -> name.endsWith(".tmp") || name.endsWith(".new");
      case MANIFEST_NOT_SYNCED -> name.startsWith("MANIFEST");
      case RECOVERY_NOT_SYNCED -> opening;
      case CHECKPOINT_NOT_SYNCED -> !path.normalize().startsWith(store);
      default -> false;
    };
  }

  private static boolean isRare(AtomicLong counter) {
    return counter.incrementAndGet() % RARE == 0;
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
      int got = file.read(offset, target, targetOffset, length);
      if (bug == SeededBug.SHORT_READ_IGNORED && got > 1 && reads.incrementAndGet() % 3 == 0) {
        target.asSlice(targetOffset + got / 2, got - got / 2).fill((byte) 0);
      }
      return got;
    }

    @Override
    public void write(
        long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
      boolean astray = bug == SeededBug.MISDIRECTED_WRITE && isRare(writes);
      if (bug == SeededBug.PHANTOM_WRITE && isRare(writes)) {
        return;
      }
      try {
        file.write(astray ? offset + SECTOR_BYTES : offset, source, sourceOffset, length, cause);
      } catch (StorageException.NoSpace e) {
        if (bug != SeededBug.FULL_DISK_IGNORED) {
          throw e;
        }
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
    public void reserve(long offset, long length) {
      file.reserve(offset, length);
    }

    @Override
    public boolean discard(long offset, long length) {
      return file.discard(offset, length);
    }

    @Override
    public void syncData() {
      sync(file.path(), file::syncData);
    }

    @Override
    public void syncAll() {
      sync(file.path(), file::syncAll);
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
