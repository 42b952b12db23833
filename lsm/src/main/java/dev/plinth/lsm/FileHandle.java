package dev.plinth.lsm;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An immutable file of the tree: opened when it is first read, closed when no version holds it any
/// more, and then deleted when it left the tree. Any thread may use it while it holds a reference.
///
/// @param <F> what it is when it is open
abstract class FileHandle<F extends AutoCloseable> {
  final Disk disk;
  private final Path path;
  private final AtomicInteger references = new AtomicInteger();
  private volatile @Nullable F open;
  private volatile boolean obsolete;

  FileHandle(Disk disk, Path path) {
    this.disk = disk;
    this.path = path;
  }

  /// Opens the file.
  abstract F openFile();

  /// Closes the file.
  abstract void closeFile(F file);

  /// The size the file must have.
  abstract long bytes();

  final Path path() {
    return path;
  }

  /// The file, open.
  final F file() {
    F file = open;
    return file != null ? file : openNow();
  }

  /// The file when it is open.
  final @Nullable F fileIfOpen() {
    return open;
  }

  final void retain() {
    references.incrementAndGet();
  }

  /// Gives a reference back; the last one closes the file.
  final void release() {
    if (references.decrementAndGet() == 0) {
      close();
      if (obsolete) {
        delete();
      }
    }
  }

  /// Says that the tree does not name it any more, durably.
  final void markObsolete() {
    obsolete = true;
  }

  /// Checks that it is there and has its size.
  final void requirePresent() {
    if (!disk.exists(path)) {
      throw new StorageException.Corrupt(
          path, 0, "the manifest names this file of " + bytes() + " bytes");
    }
    long size = disk.size(path);
    if (size != bytes()) {
      throw new StorageException.Corrupt(
          path, Math.min(size, bytes()), bytes() + " bytes expected, " + size + " found");
    }
  }

  private void delete() {
    try {
      disk.delete(path);
    } catch (StorageException _) {
      // Whoever gave the reference back may be a reader; the next opening removes the file.
    }
  }

  private synchronized F openNow() {
    F file = open;
    if (file == null) {
      file = openFile();
      open = file;
    }
    return file;
  }

  private synchronized void close() {
    F file = open;
    open = null;
    if (file != null) {
      closeFile(file);
    }
  }
}
