package dev.plinth.peers;

/// What one operation of a peer holds while it runs: its buffers and handles, and its counts. Owned
/// by one thread at a time; kept by a [SlotPool] in between.
public abstract class PeerSlot {
  private long readOperations;
  private long userBytes;

  /// Counts a point read.
  protected final void countRead() {
    readOperations++;
  }

  /// Counts bytes of keys and values accepted.
  protected final void countWritten(long bytes) {
    userBytes += bytes;
  }

  /// Point reads counted; may lag behind while an operation runs.
  final long readOperations() {
    return readOperations;
  }

  /// User bytes counted; may lag behind while an operation runs.
  final long userBytes() {
    return userBytes;
  }

  /// Releases its memory and handles.
  protected abstract void free();
}
