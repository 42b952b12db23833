package dev.plinth.kit.tree;

import dev.plinth.spi.StorageException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Counts the cursors and snapshots that are open, so that closing the engine can wait for them and
/// memory is freed only behind the last of them. Any thread may use it.
public final class Leases {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private final String engine;
  private int open;
  private boolean closing;
  private volatile boolean closed;
  private @Nullable Runnable afterLast;

  /// @param engine names the engine in errors
  public Leases(String engine) {
    this.engine = engine;
  }

  /// Refuses when the engine was closed.
  public void requireOpen() {
    if (closed) {
      throw new StorageException.Closed(engine + " was closed");
    }
  }

  /// Takes a lease.
  ///
  /// @throws StorageException.Closed when the engine is being closed
  public void acquire() {
    lock.lock();
    try {
      if (closing) {
        throw new StorageException.Closed(engine + " was closed");
      }
      open++;
    } finally {
      lock.unlock();
    }
  }

  /// Gives a lease back.
  public void release() {
    Runnable last = null;
    lock.lock();
    try {
      open--;
      if (open == 0) {
        none.signalAll();
        last = afterLast;
        afterLast = null;
      }
    } finally {
      lock.unlock();
    }
    if (last != null) {
      last.run();
    }
  }

  /// How many are open.
  public int count() {
    lock.lock();
    try {
      return open;
    } finally {
      lock.unlock();
    }
  }

  /// Refuses new leases from now on.
  ///
  /// @return false when that was so already
  public boolean startClosing() {
    lock.lock();
    try {
      boolean first = !closing;
      closing = true;
      return first;
    } finally {
      lock.unlock();
    }
  }

  /// Refuses everything from now on, moves of open cursors as well.
  public void close() {
    closed = true;
  }

  /// Waits until none is open.
  ///
  /// @return how many are still open when the time is up
  public int awaitNone(long nanos) {
    lock.lock();
    try {
      long rest = nanos;
      boolean interrupted = false;
      long end = System.nanoTime() + nanos;
      while (open > 0 && rest > 0) {
        try {
          rest = none.awaitNanos(rest);
        } catch (InterruptedException _) {
          interrupted = true;
          rest = end - System.nanoTime();
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      return open;
    } finally {
      lock.unlock();
    }
  }

  /// Runs something when none is open any more, which may be now.
  public void whenNone(Runnable action) {
    boolean now;
    lock.lock();
    try {
      now = open == 0;
      if (!now) {
        afterLast = action;
      }
    } finally {
      lock.unlock();
    }
    if (now) {
      action.run();
    }
  }
}
