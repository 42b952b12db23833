package dev.plinth.engine.btree;

import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.StorageException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Requests for commits, or for another task of which all that come before it begins share one. Any
/// thread.
final class CommitQueue {
  private final BackgroundWork work;
  private final String name;
  private final Runnable commit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition done = lock.newCondition();
  private long requested;
  private long begun;
  private long finished;

  /// Whether a run was handed over and has not ended; there is never more than one.
  private boolean running;

  private @Nullable StorageException failure;

  /// @param commit makes everything durable that is visible when it begins
  CommitQueue(BackgroundWork work, String name, Runnable commit) {
    this.work = work;
    this.name = name;
    this.commit = commit;
  }

  /// Asks for a commit that begins from now on.
  ///
  /// @return the ticket for [#await]
  long request() {
    lock.lock();
    try {
      if (requested == begun && failure == null) {
        requested++;
        if (!running) {
          running = true;
          work.submit(name, this::run);
        }
      }
      return requested;
    } finally {
      lock.unlock();
    }
  }

  /// Whether a commit waits to begin or is under way.
  boolean isBusy() {
    lock.lock();
    try {
      return finished < requested;
    } finally {
      lock.unlock();
    }
  }

  /// Waits for a commit.
  ///
  /// @throws StorageException when it failed, or one before it
  void await(long ticket) {
    lock.lock();
    try {
      while (finished < ticket && failure == null) {
        done.awaitUninterruptibly();
      }
      StorageException cause = failure;
      if (cause != null && finished < ticket) {
        throw new StorageException.Poisoned(
            "a commit failed, the engine takes no more writes; close and open it again", cause);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Ends all waiting: no commit will come any more.
  void fail(StorageException cause) {
    lock.lock();
    try {
      if (failure == null) {
        failure = cause;
      }
      done.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    long ticket;
    lock.lock();
    try {
      begun = requested;
      ticket = begun;
    } finally {
      lock.unlock();
    }
    boolean good = false;
    try {
      commit.run();
      good = true;
    } catch (StorageException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new StorageException.Io("a commit failed: " + e, e));
      throw e;
    } finally {
      lock.lock();
      try {
        running = false;
        if (good) {
          finished = ticket;
          again();
        }
        done.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Hands the next run over when one was asked for meanwhile. With the lock held.
  private void again() {
    if (requested > begun) {
      try {
        work.submit(name, this::run);
        running = true;
      } catch (StorageException.Closed e) {
        failure = e;
      }
    }
  }
}
