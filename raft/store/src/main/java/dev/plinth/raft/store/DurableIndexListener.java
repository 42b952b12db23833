package dev.plinth.raft.store;

import dev.plinth.spi.StorageException;

/// Told how far a group's log is durable, so that a leader can pipeline: append, call
/// [RaftLogStore#requestSync()], and go on.
///
/// Called on a thread of the log, one call at a time for all groups. It must return soon and must
/// not call the log.
public interface DurableIndexListener {
  /// Every entry up to and with this index survives a power failure.
  void durable(long index);

  /// The log failed: nothing above the last durable index will become durable. Called once.
  void failed(StorageException cause);
}
