package dev.plinth.engine.jungle;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/// The file behind all states of one table: deleted when the store does not name it any more and
/// nobody reads one of its states. Any thread may use it.
final class TableFile {
  private final Disk disk;
  private final Path path;
  private final AtomicInteger references = new AtomicInteger();
  private volatile boolean obsolete;

  TableFile(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
  }

  Path path() {
    return path;
  }

  void retain() {
    references.incrementAndGet();
  }

  void release() {
    if (references.decrementAndGet() == 0 && obsolete) {
      try {
        disk.delete(path);
      } catch (StorageException _) {
        // Whoever gave the reference back may be a reader; the next opening removes the file.
      }
    }
  }

  /// Whether nobody will ask for it again.
  boolean isGone() {
    return obsolete && references.get() <= 0;
  }

  /// Says whether the store still names it, durably.
  void setObsolete(boolean gone) {
    obsolete = gone;
  }
}
