package dev.plinth.kit.epoch;

import dev.plinth.spi.StorageException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Tells when nobody can see any more what was taken out of a shared structure: epoch-based
/// reclamation (Fraser, *Practical lock-freedom*, 2004) with counters, so that any thread, platform
/// or virtual, may read, and leave on another thread than it entered. A platform thread enters and
/// leaves without an atomic instruction, which would keep the memory accesses of one read from
/// overlapping with those of the next.
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
///    before `c` became `e + 1`, and `c` only grows. Slots that several threads share are changed
///    by atomic operations. A platform thread mostly has slots of its own, which it changes by
///    plain stores: there the step of `c` is followed by a [ProcessBarrier] before slots are looked
///    at, so that either the increment is seen or the reader sees the step. Where there is no such
///    barrier the reader makes a full fence.
/// 2. Thus whoever sees a slot of `e` at zero after `c` became `e + 1` knows that the readers of
///    `e` that used it have left: no new one can validate. Stripes may be looked at one by one.
/// 3. `c` goes from `e + 1` to `e + 2` only after all slots of `e` were seen at zero. So two
///    parities suffice, and when `e` has drained all epochs before it have.
/// 4. An action is queued with the current epoch `q`, under the lock that also guards each step of
///    `c`. A reader that validates `q + 1` or later read it from a step made after the queueing, so
///    it sees what the retirer unlinked. Only readers of `q` and before can hold the retired thing;
///    the action runs when `q` has drained.
/// 5. A read that ends on a thread that does not own the slot is counted in a slot for those; both
///    together are zero only when all have left, since no new reader of a past epoch validates.
public final class Epochs implements AutoCloseable {
  private static final int STRIPES = 64;

  /// Longs between slots: two cache lines, since neighbours are fetched in pairs.
  private static final int SLOT_STRIDE = 16;

  /// What [#tryEnter] gives when it was too late.
  static final long STALE = -1;

  private static final long CLOSED = -1;
  private static final long PAUSE_NANOS_MIN = 50_000;
  private static final long PAUSE_NANOS_MAX = 1_000_000;

  /// Slots changed by many threads, by their owner alone, and by those who leave for an owner.
  private static final int SHARED = 1;

  private static final int OWNED = SHARED + 2 * STRIPES;
  private static final int LEFT = OWNED + 2 * STRIPES;
  private static final int SLOTS = LEFT + 2 * STRIPES + 1;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[SLOTS * SLOT_STRIDE];

  /// Who owns a stripe. Weak, since a thread that has ended still holds what it ran.
  private final AtomicReferenceArray<@Nullable WeakReference<Thread>> owners =
      new AtomicReferenceArray<>(STRIPES);

  /// The same by number, 0 for nobody; each written by its owner alone.
  private final AtomicLongArray ownerIds = new AtomicLongArray(STRIPES);

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();

  /// 1 or more, or [#CLOSED]. Changes under the lock.
  private volatile long current = 1;

  private volatile boolean pending;

  private record Retired(long epoch, Runnable action) {}

  /// The step of `current` that a barrier has followed. Changes under the lock.
  private long fenced;

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
    Thread me = Thread.currentThread();
    int stripe = stripe(me);
    return ownerIds.getPlain(stripe) == me.threadId() || own(stripe, me)
        ? tryEnterOwned(stripe, epoch)
        : tryEnterShared(stripe, epoch);
  }

  private long tryEnterOwned(int stripe, long epoch) {
    int slot = slot(OWNED, stripe, epoch);
    COUNT.setOpaque(counts, slot, counts[slot] + 1);
    if (ProcessBarrier.AVAILABLE) {
      // Orders the compiled code; the processor is ordered by the barrier.
      VarHandle.acquireFence();
    } else {
      VarHandle.fullFence();
    }
    if (current == epoch) {
      return slot;
    }
    COUNT.setRelease(counts, slot, counts[slot] - 1);
    return STALE;
  }

  private long tryEnterShared(int stripe, long epoch) {
    int slot = slot(SHARED, stripe, epoch);
    COUNT.getAndAdd(counts, slot, 1L);
    if (current == epoch) {
      return slot;
    }
    COUNT.getAndAdd(counts, slot, -1L);
    return STALE;
  }

  /// Takes a stripe that nobody owns, or whose owner has ended.
  private boolean own(int stripe, Thread me) {
    if (me.isVirtual()) {
      return false;
    }
    WeakReference<Thread> before = owners.get(stripe);
    Thread owner = before == null ? null : before.get();
    if ((owner != null && owner.isAlive())
        || !owners.compareAndSet(stripe, before, new WeakReference<>(me))) {
      return false;
    }
    ownerIds.setPlain(stripe, me.threadId());
    return true;
  }

  /// The current epoch; negative when closed.
  long current() {
    return current;
  }

  /// Ends a read; by any thread, once for each [#enter].
  public void exit(long token) {
    int slot = (int) token;
    if (!isOwned(token)) {
      long before = (long) COUNT.getAndAdd(counts, slot, -1L);
      assert before > 0 : "more exits than enters";
    } else if (ownerIds.getPlain(stripe(token)) == Thread.currentThread().threadId()) {
      COUNT.setRelease(counts, slot, counts[slot] - 1);
    } else {
      COUNT.getAndAdd(counts, slot + (LEFT - OWNED) * SLOT_STRIDE, -1L);
    }
  }

  /// Whether the thread that got a token is the only one with tokens of its stripe.
  static boolean isOwned(long token) {
    return token >= (long) OWNED * SLOT_STRIDE;
  }

  /// The stripe of a token.
  static int stripe(long token) {
    int slot = (int) token / SLOT_STRIDE;
    return (slot - (slot >= OWNED ? OWNED : SHARED)) >>> 1;
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
    ProcessBarrier.run();
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
      if (fenced != epoch) {
        ProcessBarrier.run();
        fenced = epoch;
      }
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

  /// The owner's slot is read before that of those who left for it.
  private boolean drained(long epoch) {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      long owned = (long) COUNT.getVolatile(counts, slot(OWNED, stripe, epoch));
      long left = (long) COUNT.getVolatile(counts, slot(LEFT, stripe, epoch));
      long shared = (long) COUNT.getVolatile(counts, slot(SHARED, stripe, epoch));
      if (owned + left != 0 || shared != 0) {
        return false;
      }
    }
    return true;
  }

  private static int slot(int kind, int stripe, long epoch) {
    return (kind + 2 * stripe + (int) (epoch & 1)) * SLOT_STRIDE;
  }

  /// Threads started one after the other get different stripes.
  private static int stripe(Thread thread) {
    return (int) ((thread.threadId() * 0x9e3779b97f4a7c15L) >>> 58);
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
