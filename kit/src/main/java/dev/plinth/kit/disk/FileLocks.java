package dev.plinth.kit.disk;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Exclusive locks on files. The system's lock keeps other processes out, a registry other holders
/// in this one, who would not only pass the system's lock but drop it by closing the file.
final class FileLocks {
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private FileLocks() {}

  /// Takes the lock or throws [StorageException.Locked].
  static Disk.Lock lock(Path file) {
    Path real = realPath(file.toAbsolutePath());
    if (!HELD.add(real)) {
      throw new StorageException.Locked(
          file + ": it is in use in this process already; close the other user first");
    }
    try {
      return new Held(real, locked(file));
    } catch (Throwable e) {
      HELD.remove(real);
      throw e;
    }
  }

  /// The file may not exist yet, its folder does.
  private static Path realPath(Path file) {
    Path folder = file.getParent();
    return folder == null
        ? file
        : DiskErrors.attempt("locking", file, -1, folder::toRealPath).resolve(file.getFileName());
  }

  private static FileChannel locked(Path file) {
    return DiskErrors.attempt(
        "locking",
        file,
        -1,
        () -> {
          FileChannel channel =
              FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          boolean taken = false;
          try {
            taken = channel.tryLock() != null;
          } catch (OverlappingFileLockException e) {
            // Held through another class loader of this process: not taken.
          } finally {
            if (!taken) {
              channel.close();
            }
          }
          if (!taken) {
            throw new StorageException.Locked(
                file + ": it is in use elsewhere; stop the other user, or use another directory");
          }
          return channel;
        });
  }

  /// Closing the channel releases the lock.
  private static final class Held implements Disk.Lock {
    private final Path file;
    private final FileChannel channel;
    private boolean closed;

    Held(Path file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public synchronized void close() {
      if (closed) {
        return;
      }
      closed = true;
      try {
        DiskErrors.attempt(
            "unlocking",
            file,
            -1,
            () -> {
              channel.close();
              return 0;
            });
      } finally {
        HELD.remove(file);
      }
    }
  }
}
