package dev.plinth.engine.bitcask;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;

/// Room set aside in a file `RESERVE`, given up when the disk is full, so that a store can still be
/// opened, deleted from and merged. Thread-safe.
final class Reserve {
  static final String NAME = "RESERVE";

  private final Disk disk;
  private final Path path;
  private final long bytes;
  private boolean held;

  /// @param bytes how much; 0 for none
  Reserve(Disk disk, Path directory, long bytes) {
    this.disk = disk;
    this.path = directory.resolve(NAME);
    this.bytes = bytes;
    this.held = disk.exists(path);
  }

  /// The bytes held.
  synchronized long bytes() {
    return held ? bytes : 0;
  }

  /// Sets the room aside when it is not, and when there is so much.
  synchronized void hold() {
    if (held || bytes == 0) {
      return;
    }
    try {
      create();
      held = true;
    } catch (StorageException e) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.DEBUG, "no room is set aside: {0}", e.getMessage());
    }
  }

  /// Gives the room up.
  ///
  /// @return whether there was any
  synchronized boolean release() {
    if (!held) {
      return false;
    }
    held = false;
    disk.delete(path);
    return true;
  }

  private void create() {
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      file.reserve(bytes);
    } catch (StorageException e) {
      if (disk.exists(path)) {
        disk.delete(path);
      }
      throw e;
    }
  }
}
