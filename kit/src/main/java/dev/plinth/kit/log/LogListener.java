package dev.plinth.kit.log;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;

/// Told what a log has done, on the thread that did it, outside the log's lock. It must return soon
/// and must not append. What it throws counts as a failure of the log.
public interface LogListener {
  /// A listener that does nothing.
  LogListener NONE = new LogListener() {};

  /// Everything below a position is durable now. One call at a time, positions ascend.
  ///
  /// @param position the log is durable up to here
  /// @param bytes how many bytes became durable
  /// @param nanos how long the sync took
  default void synced(long position, long bytes, long nanos) {}

  /// A segment is full and the next one begun.
  default void rolled(Path from, Path to) {}

  /// Recovery cut a tail that a crash had torn.
  ///
  /// @param offset where in the file the good records end
  default void tailCut(Path file, long offset, long bytes) {}

  /// A write or sync failed; the log takes no more appends. Called once.
  default void failed(StorageException cause) {}
}
