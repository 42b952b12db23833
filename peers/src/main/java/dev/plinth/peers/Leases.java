package dev.plinth.peers;

import dev.plinth.spi.StorageException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Counts the cursors, snapshots and long operations that keep a peer's handles alive. The handles
/// are freed once, when the engine is closed and the last lease has ended: never under a user.
final class Leases {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private final String name;
  private final Runnable free;
  private int open = 1; // The engine's own, which ends in await.
  private boolean freed;
  private volatile boolean closed;

  Leases(String name, Runnable free) {
    this.name = name;
    this.free = free;
  }

  boolean isClosed() {
    return closed;
  }

  void requireOpen() {
    if (closed) {
      throw new StorageException.Closed(name + " was closed");
    }
  }

  void begin() {
    lock.lock();
    try {
      requireOpen();
      open++;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      open--;
      if (open == 0) {
        none.signalAll();
      }
      freeWhenDone();
    } finally {
      lock.unlock();
    }
  }

  /// Lets no new lease begin.
  ///
  /// @return false when it was closed before
  boolean shut() {
    lock.lock();
    try {
      boolean first = !closed;
      closed = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the engine's own lease and waits for the others; the last one frees the handles. Called
  /// once, after [#shut()].
  ///
  /// @param keep whether the handles are never freed, since an operation may still use them
  /// @return how many leases are still open
  int await(long nanos, boolean keep) {
    lock.lock();
    try {
      freed |= keep;
      open--;
      long left = nanos;
      while (open > 0 && left > 0) {
        left = none.awaitNanos(left);
      }
      freeWhenDone();
      return open;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return open;
    } finally {
      lock.unlock();
    }
  }

  private void freeWhenDone() {
    if (closed && open == 0 && !freed) {
      freed = true;
      free.run();
    }
  }
}
