package dev.plinth.lsm;

import dev.plinth.spi.StorageException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The parts of one merge, for the thread that has the merge and for others that come to help. Any
/// thread may call it.
/// 1. A part is begun once, in the order of the parts, and none after one has failed.
/// 2. [#run()] returns when all parts have ended, and throws what the first one that failed threw,
///    or the worse failure of a later one: then no part runs any more.
/// 3. Helpers that were called and have not come are not waited for.
final class MergeCrew {
  private final int parts;
  private final IntConsumer deed;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private int begun;
  private int running;
  private @Nullable RuntimeException failure;
  private volatile boolean failed;

  /// @param deed does the part of a number; it should give up when [#hasFailed()]
  MergeCrew(int parts, IntConsumer deed) {
    this.parts = parts;
    this.deed = deed;
  }

  /// How many parts nobody has begun.
  int waiting() {
    lock.lock();
    try {
      return failed ? 0 : parts - begun;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the merge has failed.
  boolean hasFailed() {
    return failed;
  }

  /// Does one part.
  ///
  /// @return false when there was none to begin
  boolean help() {
    int part;
    lock.lock();
    try {
      if (failed || begun == parts) {
        return false;
      }
      part = begun++;
      running++;
    } finally {
      lock.unlock();
    }
    RuntimeException thrown = new IllegalStateException("part " + part + " of a merge broke off");
    try {
      deed.accept(part);
      thrown = null;
    } catch (RuntimeException e) {
      thrown = e;
    } finally {
      end(thrown);
    }
    return true;
  }

  /// Does parts until none is left, and waits for those that others have begun.
  void run() {
    boolean more = true;
    while (more) {
      more = help();
    }
    lock.lock();
    try {
      while (running > 0) {
        ended.awaitUninterruptibly();
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      lock.unlock();
    }
  }

  /// The first failure counts, unless a later one says more: what was given up because another part
  /// failed tells nothing, and a part that found no room must not hide one after which nothing may
  /// be written any more.
  private void end(@Nullable RuntimeException thrown) {
    lock.lock();
    try {
      running--;
      if (thrown != null && (failure == null || gravity(thrown) > gravity(failure))) {
        failure = thrown;
      }
      failed = failure != null;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static int gravity(RuntimeException failure) {
    return switch (failure) {
      case MergeJob.Cancelled _ -> 0;
      case StorageException.NoSpace _ -> 1;
      default -> 2;
    };
  }
}
