package dev.plinth.kit.log;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The log's own platform thread: writes and syncs for callers that must not, or do not wait.
/// Started when it is first needed.
final class CommitThread {
  private final LogCommit commit;
  private final String name;
  private @Nullable Thread thread;
  private volatile boolean stopped;

  CommitThread(LogCommit commit, String name) {
    this.commit = commit;
    this.name = name;
  }

  /// Makes it look for work. The log's lock is held.
  void wake() {
    Thread running = thread;
    if (running == null) {
      thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    } else {
      LockSupport.unpark(running);
    }
  }

  /// Whether it is the calling thread. The log's lock is held.
  boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  private void run() {
    while (!stopped) {
      // The permit of stop() may have been spent on the log's lock: look again before parking.
      if (!commit.runAsked() && !stopped) {
        LockSupport.park(this);
        // A permit is enough; whoever interrupted this thread wants nothing that it could do.
        boolean _ = Thread.interrupted();
      }
    }
  }

  /// Ends it and waits for its end. Nobody wakes it any more.
  void stop() {
    stopped = true;
    Thread running = thread;
    if (running == null) {
      return;
    }
    LockSupport.unpark(running);
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        running.join();
        ended = true;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
