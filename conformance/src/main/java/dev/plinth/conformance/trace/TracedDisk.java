package dev.plinth.conformance.trace;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A disk that tells a [TraceSink] of every change: of what may survive a crash when it begins, of
/// a sync when it has ended. Changes and their telling take turns, so that the steps come in the
/// order in which they happened.
public final class TracedDisk implements Disk {
  private final Disk disk;
  private final TraceSink sink;
  private final Map<Path, Name> names = new HashMap<>();

  /// The present name of a file that may be open.
  private static final class Name {
    private Path path;

    Name(Path path) {
      this.path = path;
    }
  }

  TracedDisk(Disk disk, TraceSink sink) {
    this.disk = disk;
    this.sink = sink;
  }

  /// Puts what the driver says in its place among the steps.
  public synchronized void tell(String what, long number, String text) {
    sink.step(new TraceStep.Told(what, number, text));
  }

  @Override
  public synchronized DiskFile open(Path path, OpenMode mode) {
    Path normal = path.normalize();
    if (mode == OpenMode.CREATE) {
      sink.step(new TraceStep.Created(normal));
    }
    DiskFile file = disk.open(path, mode);
    return new TracedFile(file, names.computeIfAbsent(normal, Name::new));
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
  public synchronized void rename(Path from, Path to) {
    Path before = from.normalize();
    Path after = to.normalize();
    sink.step(new TraceStep.Renamed(before, after));
    disk.rename(from, to);
    Name moved = names.remove(before);
    if (moved != null) {
      moved.path = after;
      names.put(after, moved);
    } else {
      names.remove(after);
    }
  }

  @Override
  public synchronized void delete(Path path) {
    sink.step(new TraceStep.Deleted(path.normalize()));
    disk.delete(path);
    names.remove(path.normalize());
  }

  @Override
  public synchronized void link(Path existing, Path link) {
    sink.step(new TraceStep.Linked(existing.normalize(), link.normalize()));
    disk.link(existing, link);
  }

  @Override
  public synchronized void syncDirectory(Path directory) {
    disk.syncDirectory(directory);
    sink.step(new TraceStep.FolderSynced(directory.normalize()));
  }

  @Override
  public Lock lock(Path file) {
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

  private synchronized void sync(Name name, Runnable sync) {
    try {
      sync.run();
    } catch (StorageException e) {
      sink.step(new TraceStep.SyncFailed(name.path));
      throw e;
    }
    sink.step(new TraceStep.Synced(name.path));
  }

  private final class TracedFile implements DiskFile {
    private final DiskFile file;
    private final Name name;

    TracedFile(DiskFile file, Name name) {
      this.file = file;
      this.name = name;
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
      byte[] copy = source.asSlice(sourceOffset, length).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment bytes = MemorySegment.ofArray(copy).asReadOnly();
      synchronized (TracedDisk.this) {
        sink.step(new TraceStep.Written(name.path, offset, bytes));
        file.write(offset, source, sourceOffset, length, cause);
      }
    }

    @Override
    public void truncate(long size) {
      synchronized (TracedDisk.this) {
        sink.step(new TraceStep.Cut(name.path, size));
        file.truncate(size);
      }
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
      sync(name, file::syncData);
    }

    @Override
    public void syncAll() {
      sync(name, file::syncAll);
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
