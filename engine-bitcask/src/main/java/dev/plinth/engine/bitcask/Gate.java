package dev.plinth.engine.bitcask;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Where callers wait for a step that serves all who came before it began: a sync, or a write.
///
/// One thread at a time takes the step, the leader. A platform thread that finds no leader leads
/// itself; for virtual threads, which must not be held in a system call, a thread of the gate does.
/// A waiter parks, and is woken once when it is served or when it is its turn to lead. Virtual
/// threads are not pinned.
final class Gate implements AutoCloseable {
  private final String threadName;
  private final LongSupplier progress;
  private final Step step;
  private final TurnLock lock = new TurnLock();
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
  private boolean leading;
  private boolean threadLeads;
  private boolean closed;
  private long requested;
  private @Nullable Thread thread;

  /// What a leader does.
  interface Step {
    /// Serves everything that was asked for before the call. It must not throw: a failure is kept
    /// and told by [#requireHealthy()].
    ///
    /// @param waiters how many callers wait for it, about
    void run(int waiters);

    /// Whether nothing can be served any more.
    boolean failed();

    /// Throws what waiters must be told when nothing can be served any more.
    void requireHealthy();
  }

  /// A gate; its thread starts when it is first needed.
  ///
  /// @param progress up to which number everyone is served; it never falls
  Gate(String threadName, LongSupplier progress, Step step) {
    this.threadName = threadName;
    this.progress = progress;
    this.step = step;
  }

  /// Waits until progress reaches a number.
  void await(long target) {
    boolean leads = false;
    while (progress.getAsLong() < target) {
      if (step.failed()) {
        if (leads) {
          pass();
        }
        step.requireHealthy();
      }
      if (leads) {
        lead();
        leads = false;
      } else {
        leads = enter(target);
      }
    }
    if (leads) {
      pass();
    }
  }

  /// Becomes the leader, or parks until served or made the leader.
  private boolean enter(long target) {
    boolean leadable = !Thread.currentThread().isVirtual();
    Waiter waiter;
    lock.lock();
    try {
      if (progress.getAsLong() >= target || step.failed()) {
        return false;
      }
      if (leadable && !leading) {
        leading = true;
        return true;
      }
      waiter = new Waiter(Thread.currentThread(), target, leadable);
      waiters.add(waiter);
      if (!leading) {
        handToThread();
      }
    } finally {
      lock.unlock();
    }
    waiter.park();
    return waiter.leads;
  }

  /// Asks for progress up to a number without waiting.
  void request(long target) {
    lock.lock();
    try {
      requested = Math.max(requested, target);
      if (!leading && !step.failed() && requested > progress.getAsLong()) {
        handToThread();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Wakes everyone, to find what [Step#requireHealthy()] has to say.
  void wakeAll() {
    lock.lock();
    try {
      abandon();
    } finally {
      lock.unlock();
    }
  }

  /// Ends its thread; nobody may wait any more.
  @Override
  public void close() {
    Thread running;
    lock.lock();
    try {
      closed = true;
      running = thread;
      LockSupport.unpark(running);
    } finally {
      lock.unlock();
    }
    if (running != null && running != Thread.currentThread()) {
      joinUninterruptibly(running);
    }
  }

  private void lead() {
    int count;
    lock.lock();
    try {
      count = waiters.size() + 1;
    } finally {
      lock.unlock();
    }
    try {
      step.run(count);
    } finally {
      pass();
    }
  }

  /// Wakes who was served, and makes someone else lead when others wait.
  private void pass() {
    List<Waiter> served = new ArrayList<>();
    lock.lock();
    try {
      leading = false;
      if (step.failed()) {
        abandon();
        return;
      }
      long reached = progress.getAsLong();
      waiters.removeIf(waiter -> waiter.target <= reached && served.add(waiter));
      Waiter next = waiters.peek();
      if (next != null && next.leadable) {
        waiters.remove();
        leading = true;
        next.wake(true);
      } else if (next != null || requested > reached) {
        handToThread();
      }
    } finally {
      lock.unlock();
    }
    for (Waiter waiter : served) {
      waiter.wake(false);
    }
  }

  private void abandon() {
    waiters.forEach(waiter -> waiter.wake(false));
    waiters.clear();
    requested = 0;
  }

  private void handToThread() {
    leading = true;
    threadLeads = true;
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::serve);
      thread.start();
    } else {
      LockSupport.unpark(thread);
    }
  }

  private void serve() {
    while (!ended()) {
      if (taken()) {
        lead();
      } else {
        LockSupport.park(this);
      }
    }
  }

  private boolean ended() {
    lock.lock();
    try {
      return closed && !threadLeads;
    } finally {
      lock.unlock();
    }
  }

  private boolean taken() {
    lock.lock();
    try {
      boolean mine = threadLeads;
      threadLeads = false;
      return mine;
    } finally {
      lock.unlock();
    }
  }

  private static void joinUninterruptibly(Thread running) {
    boolean interrupted = false;
    while (running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A parked caller.
  private static final class Waiter {
    private final Thread thread;
    private final long target;
    private final boolean leadable;
    private boolean leads;
    private volatile boolean woken;

    Waiter(Thread thread, long target, boolean leadable) {
      this.thread = thread;
      this.target = target;
      this.leadable = leadable;
    }

    void park() {
      boolean interrupted = false;
      while (!woken) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void wake(boolean lead) {
      leads = lead;
      woken = true;
      LockSupport.unpark(thread);
    }
  }
}
