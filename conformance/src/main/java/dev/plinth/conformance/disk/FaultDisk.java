package dev.plinth.conformance.disk;

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
import org.jspecify.annotations.Nullable;

/// A disk that refuses the n-th call, once or from then on, as its [Fault] says; a driver that
/// counts the calls of one good run can so fail each of them in turn.
///
/// On a [SimDisk] a failed sync loses what it should have saved with the next crash, also when it
/// is tried again.
public final class FaultDisk implements Disk {
  private final Disk disk;
  private volatile Fault fault;
  private final AtomicLong calls = new AtomicLong();
  private volatile @Nullable String failure;

  /// @param disk the disk that does the work
  public FaultDisk(Disk disk, Fault fault) {
    this.disk = disk;
    this.fault = fault;
  }

  /// Injects another fault, whose index counts from the next call.
  public void arm(Fault other) {
    calls.set(0);
    fault = other;
  }

  /// How many calls of the kind that the fault concerns were made.
  public long calls() {
    return calls.get();
  }

  /// The first call that failed, or null when none did.
  public @Nullable String failure() {
    return failure;
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    check(DiskCall.OPEN, path);
    return new FaultFile(disk.open(path, mode));
  }

  @Override
  public boolean exists(Path path) {
    check(DiskCall.READ, path);
    return disk.exists(path);
  }

  @Override
  public long size(Path path) {
    check(DiskCall.READ, path);
    return disk.size(path);
  }

  @Override
  public List<String> list(Path directory) {
    check(DiskCall.READ, directory);
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) {
    check(DiskCall.CREATE_DIRECTORIES, directory);
    disk.createDirectories(directory);
  }

  @Override
  public void rename(Path from, Path to) {
    check(DiskCall.RENAME, from);
    disk.rename(from, to);
  }

  @Override
  public void delete(Path path) {
    check(DiskCall.DELETE, path);
    disk.delete(path);
  }

  @Override
  public void link(Path existing, Path link) {
    check(DiskCall.LINK, existing);
    disk.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) {
    check(DiskCall.SYNC_DIRECTORY, directory);
    disk.syncDirectory(directory);
  }

  @Override
  public Lock lock(Path file) {
    check(DiskCall.LOCK, file);
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

  private boolean fails(DiskCall call) {
    if (!fault.kind().concerns(call)) {
      return false;
    }
    long index = calls.incrementAndGet();
    return fault.lasting() ? index >= fault.index() : index == fault.index();
  }

  private void check(DiskCall call, Path path) {
    if (fails(call)) {
      boolean sync = call == DiskCall.SYNC || call == DiskCall.SYNC_DIRECTORY;
      if (sync && disk instanceof SimDisk simulated) {
        simulated.failSync(path);
      }
      throw refusal(call, path);
    }
  }

  private StorageException refusal(DiskCall call, Path path) {
    String text = path + ": " + call + " refused by the laboratory (" + fault + ")";
    if (failure == null) {
      failure = text;
    }
    return fault.kind() == Fault.Kind.ENOSPC
        ? new StorageException.NoSpace(text, null)
        : new StorageException.Io(text, null);
  }

  private final class FaultFile implements DiskFile {
    private final DiskFile file;

    FaultFile(DiskFile file) {
      this.file = file;
    }

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public long size() {
      check(DiskCall.READ, path());
      return file.size();
    }

    @Override
    public int read(long offset, MemorySegment target, long targetOffset, int length) {
      check(DiskCall.READ, path());
      return file.read(offset, target, targetOffset, length);
    }

    @Override
    public void write(
        long offset, MemorySegment source, long sourceOffset, long length, ByteCause cause) {
      if (fails(DiskCall.WRITE)) {
        if (fault.kind() == Fault.Kind.SHORT_WRITE) {
          file.write(offset, source, sourceOffset, length / 2, cause);
        }
        throw refusal(DiskCall.WRITE, path());
      }
      file.write(offset, source, sourceOffset, length, cause);
    }

    @Override
    public void truncate(long size) {
      check(DiskCall.TRUNCATE, path());
      file.truncate(size);
    }

    @Override
    public void reserve(long size) {
      check(DiskCall.RESERVE, path());
      file.reserve(size);
    }

    @Override
    public void reserve(long offset, long length) {
      check(DiskCall.RESERVE, path());
      file.reserve(offset, length);
    }

    @Override
    public boolean discard(long offset, long length) {
      return !fails(DiskCall.DISCARD) && file.discard(offset, length);
    }

    @Override
    public void syncData() {
      checkSync();
      file.syncData();
    }

    @Override
    public void syncAll() {
      checkSync();
      file.syncAll();
    }

    private void checkSync() {
      if (fails(DiskCall.SYNC)) {
        if (file instanceof SimFile simulated) {
          simulated.failSync();
        }
        throw refusal(DiskCall.SYNC, path());
      }
    }

    @Override
    public MemorySegment map(long offset, long length, Arena arena) {
      check(DiskCall.MAP, path());
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
