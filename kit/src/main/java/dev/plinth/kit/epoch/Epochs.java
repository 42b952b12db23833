package dev.plinth.kit.epoch;

import dev.plinth.spi.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// Tells when nobody can see any more what was taken out of a shared structure: epoch-based
/// reclamation (Fraser, *Practical lock-freedom*, 2004) with counters instead of thread slots, so
/// that any thread, platform or virtual, may read, and leave on another thread than it entered.
///
/// ```
/// long token = epochs.enter();          // reader: no lock, no allocation
/// try { ... } finally { epochs.exit(token); }
///
/// root = newRoot;                       // writer: unlink first
/// epochs.retire(() -> oldRoot.free());  // then retire
/// ```
///
/// For short reads: while one reader stays, nothing retired after it entered can go. What is held
/// for long (snapshots, cursors) is better counted by itself. Retired actions run on threads that
/// call [#retire], [#poll] or `close`, never on a reader's [#exit]; call [#poll] now and then when
/// nothing is retired for long.
///
/// Why it is right. There is a current epoch `c`; a reader that validated `e` counts in the slot of
/// `e`'s parity in its stripe from before until after all its loads.
/// 1. A reader increments its slot, then reads the current epoch, and takes the increment back when
///    that is not the epoch it chose the slot for. So a reader that validated `e` had incremented
///    before `c` became `e + 1` (all these accesses are volatile and `c` only grows).
/// 2. Thus whoever sees a slot of `e` at zero after `c` became `e + 1` knows that the readers of
///    `e` that used it have left: no new one can validate. Stripes may be looked at one by one.
/// 3. `c` goes from `e + 1` to `e + 2` only after all slots of `e` were seen at zero. So two
///    parities suffice, and when `e` has drained all epochs before it have.
/// 4. An action is queued with the current epoch `q`, under the lock that also guards each step of
///    `c`. A reader that validates `q + 1` or later read it from a step made after the queueing, so
///    it sees what the retirer unlinked. Only readers of `q` and before can hold the retired thing;
///    the action runs when `q` has drained.
public final class Epochs implements AutoCloseable {
  private static final int STRIPES = 64;

  /// Longs between slots: two cache lines, since neighbours are fetched in pairs.
  private static final int SLOT_STRIDE = 16;

  /// What [#tryEnter] gives when it was too late.
  static final long STALE = -1;

  private static final long CLOSED = -1;
  private static final long PAUSE_NANOS_MIN = 50_000;
  private static final long PAUSE_NANOS_MAX = 1_000_000;

  private final AtomicLongArray readers = new AtomicLongArray((2 * STRIPES + 2) * SLOT_STRIDE);
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();

  /// 1 or more, or [#CLOSED]. Changes under the lock.
  private volatile long current = 1;

  private volatile boolean pending;

  private record Retired(long epoch, Runnable action) {}

  /// Begins a read. Nothing retired from now on goes before the matching [#exit].
  ///
  /// @return the token for [#exit]
  /// @throws StorageException.Closed after `close`
  public long enter() {
    while (true) {
      long token = tryEnter(current);
      if (token != STALE) {
        return token;
      }
    }
  }

  /// Counts a reader in for an epoch that was current a moment ago.
  ///
  /// @return the token, or [#STALE] when it is not current any more
  long tryEnter(long epoch) {
    if (epoch < 0) {
      throw new StorageException.Closed("the engine was closed");
    }
    int slot = slot(stripe(), epoch);
    readers.getAndIncrement(slot);
    if (current == epoch) {
      return slot;
    }
    readers.getAndDecrement(slot);
    return STALE;
  }

  /// The current epoch; negative when closed.
  long current() {
    return current;
  }

  /// Ends a read; by any thread, once for each [#enter].
  public void exit(long token) {
    long before = readers.getAndDecrement((int) token);
    assert before > 0 : "more exits than enters";
  }

  /// Has an action run once every reader that entered before this call has left; at once when there
  /// is none. What it frees must have been unlinked already. Runs other actions that are due.
  ///
  /// An action that throws does not keep others from running; the first failure is thrown then.
  public void retire(Runnable action) {
    lock.lock();
    try {
      retired.add(new Retired(current, action));
      pending = true;
    } finally {
      lock.unlock();
    }
    poll();
  }

  /// Runs the retired actions that are due, unless another thread is at it; costs one volatile read
  /// when there are none.
  public void poll() {
    if (!pending || !lock.tryLock()) {
      return;
    }
    List<Runnable> due = new ArrayList<>();
    try {
      collect(due);
    } finally {
      lock.unlock();
    }
    run(due);
  }

  /// How many retired actions have not run.
  public int retiredCount() {
    lock.lock();
    try {
      return retired.size();
    } finally {
      lock.unlock();
    }
  }

  /// Lets no more readers in, waits until all have left, however long, and runs what was retired.
  @Override
  public void close() {
    boolean done = close(Long.MAX_VALUE);
    assert done;
  }

  /// As [#close()], but waits no longer than a given time.
  ///
  /// @return false when readers remain; nothing they may see was freed, and it may be called again
  public boolean close(long waitNanos) {
    lock.lock();
    try {
      current = CLOSED;
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    long pause = PAUSE_NANOS_MIN;
    boolean interrupted = false;
    while (!drained(0) || !drained(1)) {
      if (System.nanoTime() - start >= waitNanos) {
        restore(interrupted);
        return false;
      }
      LockSupport.parkNanos(pause);
      interrupted |= Thread.interrupted();
      pause = Math.min(2 * pause, PAUSE_NANOS_MAX);
    }
    restore(interrupted);
    List<Runnable> due = new ArrayList<>();
    lock.lock();
    try {
      collect(due);
    } finally {
      lock.unlock();
    }
    run(due);
    return true;
  }

  /// With the lock held: takes the actions that are due, stepping on where that makes more due.
  private void collect(List<Runnable> due) {
    while (!retired.isEmpty()) {
      long epoch = current;
      boolean idle = epoch == CLOSED ? drained(0) && drained(1) : drained(epoch - 1);
      if (!idle) {
        return;
      }
      long drained = epoch == CLOSED ? Long.MAX_VALUE : epoch - 1;
      while (!retired.isEmpty() && retired.getFirst().epoch <= drained) {
        due.add(retired.removeFirst().action);
      }
      if (!retired.isEmpty()) {
        current = epoch + 1;
      }
    }
    pending = false;
  }

  private boolean drained(long epoch) {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      if (readers.get(slot(stripe, epoch)) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int slot(int stripe, long epoch) {
    return (1 + 2 * stripe + (int) (epoch & 1)) * SLOT_STRIDE;
  }

  /// Threads started one after the other get different stripes.
  private static int stripe() {
    return (int) ((Thread.currentThread().threadId() * 0x9e3779b97f4a7c15L) >>> 58);
  }

  private static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void run(List<Runnable> due) {
    RuntimeException failure = null;
    for (Runnable action : due) {
      try {
        action.run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
