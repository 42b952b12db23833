package dev.plinth.engine.bitcask;

import dev.plinth.spi.StorageException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Whether an engine is open and takes writes: it is poisoned once, by the first failure that may
/// have cost data. Thread-safe.
final class Health {
  private volatile @Nullable StorageException cause;
  private volatile boolean closed;
  private volatile boolean told;

  /// Remembers the first failure.
  ///
  /// @param first run when this is the first one
  void poison(Throwable failure, Consumer<StorageException> first) {
    StorageException known =
        failure instanceof StorageException exception
            ? exception
            : new StorageException.Io("an engine thread failed: " + failure, failure);
    synchronized (this) {
      if (cause != null) {
        return;
      }
      cause = known;
    }
    first.accept(known);
  }

  /// A caller gets the failure itself.
  void tell() {
    told = true;
  }

  /// Throws the first failure when no caller has heard of it: whoever closes must not take what is
  /// lost for safe.
  void requireTold() {
    if (!told) {
      requireHealthy();
    }
  }

  boolean isPoisoned() {
    return cause != null;
  }

  /// Refuses everything from now on.
  ///
  /// @return false when it was closed before
  synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  boolean isClosed() {
    return closed;
  }

  void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the engine was closed");
    }
  }

  void requireHealthy() {
    StorageException first = cause;
    if (first != null) {
      told = true;
      throw new StorageException.Poisoned(
          "an earlier write or sync failed, so nothing more is written; close the engine and open"
              + " it again: "
              + first.getMessage(),
          first);
    }
  }
}
