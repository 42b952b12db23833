package dev.plinth.engine.btree;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Starts a commit when `commit.every.time` has passed since the last one and something was
/// written: a daemon thread that sleeps between.
final class CommitClock implements AutoCloseable {
  private final Store store;
  private final Committer committer;
  private final long intervalNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private final Thread thread;
  private boolean closed;

  /// @param intervalNanos more than 0
  CommitClock(Store store, Committer committer, long intervalNanos) {
    this.store = store;
    this.committer = committer;
    this.intervalNanos = intervalNanos;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("plinth-" + BtreeProvider.NAME + "-clock")
            .start(this::run);
  }

  private void run() {
    long waitNanos = intervalNanos;
    while (sleep(waitNanos)) {
      long since = System.nanoTime() - committer.lastCommitNanos();
      if (since < intervalNanos) {
        waitNanos = intervalNanos - since;
      } else {
        waitNanos = intervalNanos;
        if (store.sequence != committer.durable().sequence() && store.poisonCause() == null) {
          committer.request();
        }
      }
    }
  }

  /// @return false when it is closed
  private boolean sleep(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!closed && left > 0) {
        left = wake.awaitNanos(left);
      }
      return !closed;
    } catch (InterruptedException e) {
      // Nobody has reason to; it ends the clock, and writes still look at the time.
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// Ends the thread and waits for it.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      wake.signal();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(1));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
