package dev.plinth.spi;

import java.nio.file.Path;

/// What an engine tells about itself while it works. Given to the listener of its
/// [EngineEnvironment] on the thread where it happened; the listener must return soon and must not
/// call the engine.
public sealed interface EngineEvent {
  /// The directory was opened and recovered.
  record Opened(String engine, Path directory, long nanos, long replayedBatches)
      implements EngineEvent {}

  /// A torn tail was cut: unsynced bytes at the end of a log did not survive a crash.
  record TailCut(Path file, long offset, long bytes) implements EngineEvent {}

  /// A file that no manifest names was removed at open.
  record OrphanRemoved(Path file) implements EngineEvent {}

  /// Memory was written out.
  record Flushed(long bytes, long entries, long nanos) implements EngineEvent {}

  /// Background work rewrote live data and dropped garbage.
  record Compacted(String what, long bytesRead, long bytesWritten, long nanos)
      implements EngineEvent {}

  /// A log or data file was synced.
  record Synced(Path file, long bytes, long writers, long nanos) implements EngineEvent {}

  /// A log or data file is full and a new one begun.
  record Rolled(Path from, Path to) implements EngineEvent {}

  /// Writers were held back.
  record Stalled(String reason, long nanos) implements EngineEvent {}

  /// A checkpoint was made.
  record Checkpointed(Path directory, long sequence, long nanos) implements EngineEvent {}

  /// Damage was met.
  record Damaged(Path file, long offset, String detail) implements EngineEvent {}

  /// A Raft group keeps so many bytes of entries, from an index on, that a follower seems to lag,
  /// or nobody takes snapshots. Told again when they have doubled.
  record Lagging(Path directory, long group, long bytes, long firstIndex) implements EngineEvent {}

  /// The engine takes no more writes.
  record Poisoned(StorageException cause) implements EngineEvent {}

  /// The engine was closed.
  record Closed(Path directory) implements EngineEvent {}
}
