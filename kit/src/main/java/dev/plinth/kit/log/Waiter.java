package dev.plinth.kit.log;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One thread that waits until the log has come to a position.
final class Waiter {
  /// Nothing happened yet.
  static final int WAITING = 0;

  /// The position is reached.
  static final int DONE = 1;

  /// Look again: the role is free, or the log failed.
  static final int CALLED = 2;

  private final Thread thread = Thread.currentThread();
  private final boolean virtual = thread.isVirtual();
  final long target;
  @Nullable Waiter next;
  private int wakeState = DONE;
  private volatile int state;

  Waiter(long target) {
    this.target = target;
  }

  boolean isVirtual() {
    return virtual;
  }

  /// Makes it wait once more; by its own thread, before it is queued again.
  void reset() {
    state = WAITING;
    wakeState = DONE;
    next = null;
  }

  /// Puts this one, which is to look again, before a chain that is to be woken.
  Waiter calledBefore(@Nullable Waiter chain) {
    wakeState = CALLED;
    next = chain;
    return this;
  }

  /// Parks until someone wakes it.
  ///
  /// @return [#DONE] or [#CALLED]
  int await() {
    boolean interrupted = false;
    while (state == WAITING) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      thread.interrupt();
    }
    return state;
  }

  /// Parks until someone wakes it, but not for longer than a time.
  ///
  /// @return [#DONE], [#CALLED], or [#WAITING] when nobody did
  int await(long nanos) {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    long rest = nanos;
    while (state == WAITING && rest > 0) {
      LockSupport.parkNanos(this, rest);
      interrupted |= Thread.interrupted();
      rest = end - System.nanoTime();
    }
    if (interrupted) {
      thread.interrupt();
    }
    return state;
  }

  /// Waiters in the order in which they came. Guarded by the log's lock.
  static final class Queue {
    private @Nullable Waiter head;
    private @Nullable Waiter tail;
    private int platformCount;

    /// How many of them are platform threads.
    int platformCount() {
      return platformCount;
    }

    void add(Waiter waiter) {
      Waiter last = tail;
      if (last == null) {
        head = waiter;
      } else {
        last.next = waiter;
      }
      tail = waiter;
      platformCount += waiter.virtual ? 0 : 1;
    }

    /// Takes out one.
    ///
    /// @return whether it was there
    boolean remove(Waiter waiter) {
      Waiter before = null;
      Waiter each = head;
      while (each != null && each != waiter) {
        before = each;
        each = each.next;
      }
      if (each == null) {
        return false;
      }
      unlink(before, waiter);
      return true;
    }

    private void unlink(@Nullable Waiter before, Waiter waiter) {
      if (before == null) {
        head = waiter.next;
      } else {
        before.next = waiter.next;
      }
      if (tail == waiter) {
        tail = before;
      }
      waiter.next = null;
      platformCount -= waiter.virtual ? 0 : 1;
    }

    /// Takes out all that wait for a position up to this one.
    ///
    /// @return the first of a chain, or null
    @Nullable Waiter takeReached(long position) {
      if (head == null) {
        return null;
      }
      Queue rest = new Queue();
      Queue reached = new Queue();
      Waiter waiter = head;
      while (waiter != null) {
        Waiter following = waiter.next;
        waiter.next = null;
        (waiter.target <= position ? reached : rest).add(waiter);
        waiter = following;
      }
      head = rest.head;
      tail = rest.tail;
      platformCount = rest.platformCount;
      return reached.head;
    }

    /// Takes out all, to look again.
    @Nullable Waiter takeAll() {
      Waiter first = head;
      for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
        waiter.wakeState = CALLED;
      }
      head = null;
      tail = null;
      platformCount = 0;
      return first;
    }

    /// Takes out the first that runs on a platform thread, or null.
    @Nullable Waiter takePlatform() {
      Waiter before = null;
      Waiter waiter = head;
      while (waiter != null && waiter.isVirtual()) {
        before = waiter;
        waiter = waiter.next;
      }
      if (waiter == null) {
        return null;
      }
      unlink(before, waiter);
      return waiter;
    }
  }

  /// Wakes a chain that was taken from a queue.
  static void wakeAll(@Nullable Waiter first) {
    Waiter waiter = first;
    while (waiter != null) {
      Waiter following = waiter.next;
      waiter.state = waiter.wakeState;
      LockSupport.unpark(waiter.thread);
      waiter = following;
    }
  }
}
