package dev.plinth.engine.bitcask;

import dev.plinth.spi.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// The open snapshots and cursors, and the files whose deletion waits for them.
///
/// A file replaced by a merge may be named by a snapshot that is older than the merge: it goes when
/// every such snapshot is closed. Thread-safe.
final class Snapshots {
  private final List<Lease> open = new ArrayList<>();
  private final Queue<Deferred> deferred = new ArrayDeque<>();
  private volatile boolean any;
  private long turn;
  private boolean closed;

  private record Deferred(long turn, Runnable task) {}

  /// What an open snapshot or cursor holds.
  static final class Lease {
    private final long sequence;
    private final long turn;
    private final boolean pinOnly;
    private volatile boolean expired;
    private volatile boolean released;
    private @Nullable OrderedView view;

    private Lease(long sequence, long turn, boolean pinOnly) {
      this.sequence = sequence;
      this.turn = turn;
      this.pinOnly = pinOnly;
    }

    /// Whether replaced versions must be kept for it, not only files.
    private boolean keepsVersions() {
      return !expired && !pinOnly;
    }

    long sequence() {
      return sequence;
    }

    /// The state of the ordered index that it shows; null with `index = hash`, and when it was
    /// given up.
    synchronized @Nullable OrderedView view() {
      return view;
    }

    synchronized void view(OrderedView frozen) {
      view = frozen;
    }

    private void dropView() {
      OrderedView dropped;
      synchronized (this) {
        dropped = view;
        view = null;
      }
      if (dropped != null) {
        dropped.release();
      }
    }

    boolean isReleased() {
      return released;
    }

    void requireUsable() {
      if (released) {
        throw new StorageException.Closed("the snapshot or cursor was closed");
      }
      if (expired) {
        throw new StorageException.SnapshotExpired(
            "the snapshot at sequence "
                + sequence
                + " was given up to keep memory or space within their limits; take a new one, or"
                + " raise snapshot.table.bytes.max or space.bytes.max");
      }
    }
  }

  /// Whether any is open, so that replaced versions must be kept.
  boolean any() {
    return any;
  }

  /// Opens one; under the commit lock, so that the sequence is the visible one.
  synchronized Lease open(long sequence) {
    if (closed) {
      throw new StorageException.Closed("the engine was closed");
    }
    Lease lease = new Lease(sequence, turn, false);
    open.add(lease);
    any = true;
    return lease;
  }

  /// Keeps the files that a lease may name, also when it is closed; no replaced versions.
  synchronized Lease pin(Lease lease) {
    Lease pinned = new Lease(lease.sequence, lease.turn, true);
    open.add(pinned);
    return pinned;
  }

  /// Opens another one that shows the same, to be closed by itself.
  synchronized Lease share(Lease lease) {
    lease.requireUsable();
    Lease shared = new Lease(lease.sequence, lease.turn, false);
    OrderedView view = lease.view();
    if (view != null) {
      shared.view(view.retain());
    }
    open.add(shared);
    any = true;
    return shared;
  }

  /// Closes one; what waited for it is run.
  void close(Lease lease) {
    List<Runnable> due;
    synchronized (this) {
      if (lease.released) {
        return;
      }
      lease.released = true;
      open.remove(lease);
      any = hasUsable();
      due = due();
      notifyAll();
    }
    lease.dropView();
    due.forEach(Runnable::run);
  }

  /// Gives up the oldest one.
  ///
  /// @return false when there is none
  boolean expireOldest() {
    List<Runnable> due;
    Lease oldest = null;
    synchronized (this) {
      for (Lease lease : open) {
        if (lease.keepsVersions() && (oldest == null || lease.sequence < oldest.sequence)) {
          oldest = lease;
        }
      }
      if (oldest == null) {
        return false;
      }
      oldest.expired = true;
      any = hasUsable();
      due = due();
    }
    oldest.dropView();
    due.forEach(Runnable::run);
    return true;
  }

  /// Whether a usable one shows a version written by `from` and replaced by `until`.
  synchronized boolean needs(long from, long until) {
    for (Lease lease : open) {
      if (lease.keepsVersions() && from <= lease.sequence && lease.sequence < until) {
        return true;
      }
    }
    return false;
  }

  /// Runs a task as soon as no usable snapshot is older than this call.
  void defer(Runnable task) {
    List<Runnable> due;
    synchronized (this) {
      turn++;
      deferred.add(new Deferred(turn, task));
      due = due();
    }
    due.forEach(Runnable::run);
  }

  /// How many files wait.
  synchronized int deferredCount() {
    return deferred.size();
  }

  /// How many are open.
  synchronized int count() {
    return open.size();
  }

  /// Refuses new ones and waits until all are closed.
  ///
  /// @return how many are still open when the time is over
  synchronized int closeAndWait(long millis) {
    closed = true;
    long end = System.nanoTime() + millis * 1_000_000;
    boolean interrupted = false;
    while (!open.isEmpty()) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        break;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    int left = open.size();
    for (Lease lease : open) {
      lease.released = true;
    }
    return left;
  }

  private boolean hasUsable() {
    return open.stream().anyMatch(Lease::keepsVersions);
  }

  private List<Runnable> due() {
    long oldest = Long.MAX_VALUE;
    for (Lease lease : open) {
      if (!lease.expired) {
        oldest = Math.min(oldest, lease.turn);
      }
    }
    List<Runnable> tasks = new ArrayList<>();
    while (!deferred.isEmpty() && deferred.peek().turn() <= oldest) {
      tasks.add(deferred.remove().task());
    }
    return tasks;
  }
}
