package dev.plinth.spi;

/// How far a write has come when the call returns. Ordered from weak to strong.
public enum Durability {
  /// In the memory of the process: lost when it is killed. The choice when a Raft log can replay
  /// it.
  BUFFERED,
  /// Handed to the operating system: survives `kill -9`, not a power failure.
  WRITTEN,
  /// On stable storage: survives a power failure. Concurrent callers share one sync.
  SYNCED
}
