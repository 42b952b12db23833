package dev.plinth.spi;

/// A frozen state of an engine, cheap to take and held in memory only. Close it: while it is open
/// the engine keeps what it shows.
///
/// Threads: any number may read it at once. Reading it after [#close()] is
/// [StorageException.Closed]; an engine whose space is bounded may expire an old one, and reading
/// then is [StorageException.SnapshotExpired].
public interface Snapshot extends Reader, AutoCloseable {
  /// The sequence number of the last batch it shows; 0 for an engine that was never written.
  long sequence();

  /// Releases what it pins; a second call does nothing.
  @Override
  void close();
}
