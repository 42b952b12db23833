package dev.plinth.engine.jungle.table;

import dev.plinth.spi.disk.DiskFile;
import java.util.ArrayDeque;

/// The files of finished batches that are not durable yet. All batches of a merge are written
/// before the first is waited for, so that the device works on them together. Not thread-safe.
public final class Unsynced implements AutoCloseable {
  /// So many files are open at most.
  private static final int FILES_MAX = 64;

  private final ArrayDeque<DiskFile> files = new ArrayDeque<>();

  /// Takes a file over; may sync those before.
  void add(DiskFile file) {
    files.add(file);
    if (files.size() >= FILES_MAX) {
      sync();
    }
  }

  /// Makes the bytes of all files durable, but not the names of new ones, and closes them.
  public void sync() {
    while (!files.isEmpty()) {
      try (DiskFile file = files.removeFirst()) {
        file.syncData();
      }
    }
  }

  /// Closes what was not synced, after a failure.
  @Override
  public void close() {
    while (!files.isEmpty()) {
      files.removeFirst().close();
    }
  }
}
