package dev.plinth.raft.bench;

import dev.plinth.kit.disk.SystemDisk;
import java.nio.file.Path;
import java.util.Objects;

/// Lets the file system end what it does behind a deletion, such as telling the device which blocks
/// are free, before something else is timed.
final class Settling {
  private static final long PAUSE_MILLIS = 1000;

  /// Shorter runs measure nothing.
  private static final long ENTRIES_MIN = 10_000;

  private Settling() {}

  /// Makes a deletion durable and waits a moment.
  ///
  /// @param deleted what was there
  /// @param entries how many are going to be timed
  static void after(Path deleted, long entries) {
    if (entries < ENTRIES_MIN) {
      return;
    }
    new SystemDisk().syncDirectory(Objects.requireNonNull(deleted.toAbsolutePath().getParent()));
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
