package dev.plinth.lsm;

import dev.plinth.kit.directory.SpaceReserve;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Writes the memtables that take no more writes out, in their order, one run at a time: all that
/// wait at that moment go into one run.
///
/// A full disk is no damage: what was written is deleted, the memtables stay, and the next flush
/// that is due or asked for tries again. Any other failure poisons the engine. Any thread may call
/// it.
final class FlushQueue {
  private final Tree tree;
  private final LogWriter log;
  private final BackgroundWork work;
  private final Maintenance maintenance;
  private final Flusher flusher;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private Runnable ended = () -> {};
  private boolean flushing;
  private boolean asked;
  private boolean stopping;
  private volatile StorageException.@Nullable NoSpace failure;

  FlushQueue(Tree tree, LogWriter log, BackgroundWork work, Maintenance maintenance) {
    this.tree = tree;
    this.log = log;
    this.work = work;
    this.maintenance = maintenance;
    this.flusher = new Flusher(tree);
  }

  /// Says whom to tell when a flush ended, well or badly.
  void onEnd(Runnable listener) {
    ended = listener;
  }

  /// Tells the listener although no flush ended: there is no hope for one any more.
  void tellEnd() {
    ended.run();
    lock.lock();
    try {
      idle.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Why the last flush found no room; null when it did, or none was made.
  StorageException.@Nullable NoSpace failure() {
    return failure;
  }

  /// Starts a flush unless one runs. It is not tried while the disk has no room left for the log
  /// beside it.
  void due() {
    start(false);
  }

  /// Starts a flush unless one runs, or has the one that runs followed by another, even when there
  /// may be no room for it.
  void ask() {
    failure = null;
    start(true);
  }

  /// Waits until no flush runs or is due.
  void awaitIdle() {
    lock.lock();
    try {
      while (flushing && !tree.health.isPoisoned()) {
        idle.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Takes no more.
  void stop() {
    lock.lock();
    try {
      stopping = true;
    } finally {
      lock.unlock();
    }
  }

  private void start(boolean evenWithoutRoom) {
    lock.lock();
    try {
      asked |= evenWithoutRoom;
      if (flushing || stopping || tree.health.isPoisoned()) {
        return;
      }
      flushing = true;
      work.submit("flush", this::run);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    boolean left = false;
    try {
      while (!left) {
        boolean evenWithoutRoom = takeAsked();
        List<Layer> layers = frozen();
        boolean done = layers.isEmpty() || flush(layers, evenWithoutRoom);
        if (done && !layers.isEmpty()) {
          ended.run();
          maintenance.compactionDue();
        }
        left = leave(!done);
        if (left && !done) {
          ended.run();
        }
      }
    } finally {
      if (!left) {
        leaveNow();
      }
    }
  }

  private boolean takeAsked() {
    lock.lock();
    try {
      boolean was = asked;
      asked = false;
      return was;
    } finally {
      lock.unlock();
    }
  }

  private boolean leave(boolean failed) {
    lock.lock();
    try {
      boolean over = stopping || (!asked && (failed || frozen().isEmpty()));
      flushing = !over;
      idle.signalAll();
      return over;
    } finally {
      lock.unlock();
    }
  }

  private void leaveNow() {
    lock.lock();
    try {
      flushing = false;
      idle.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The layers that wait, the newest first.
  private List<Layer> frozen() {
    tree.viewLock.lock();
    try {
      List<Layer> layers = List.of(tree.view().layers());
      return layers.subList(1, layers.size());
    } finally {
      tree.viewLock.unlock();
    }
  }

  /// @return false when the disk was full
  private boolean flush(List<Layer> layers, boolean evenWithoutRoom) {
    TableOutputs.Written written;
    try {
      if (!evenWithoutRoom) {
        requireRoom(layers);
      }
      written = flusher.flush(layers);
    } catch (StorageException.NoSpace e) {
      failure = e;
      return false;
    }
    failure = null;
    if (tree.options.logged()) {
      log.sync();
    }
    Layer newest = layers.getFirst();
    List<VersionEdit.Placed> placed =
        written.tables().stream()
            .map(table -> new VersionEdit.Placed(0, newest.lastSequence(), table))
            .toList();
    VersionEdit edit =
        new VersionEdit(
            tree.versions.nextNumber(),
            newest.lastSequence(),
            newest.logEnd(),
            newest.applied(),
            placed,
            List.of(),
            written.blobs());
    maintenance.commit(
        edit, layers, () -> tree.durables.durable(newest.lastSequence(), newest.applied()));
    log.dropBefore(newest.logEnd());
    tree.space.measure();
    maintenance.flushed();
    return true;
  }

  private void requireRoom(List<Layer> layers) {
    long bytes = layers.stream().mapToLong(layer -> layer.memtable().bytesUsed()).sum();
    long reserve = SpaceReserve.bytes(tree.options.memtableBytes());
    long usable = tree.disk.usableBytes(tree.directory.path());
    if (usable < bytes + reserve) {
      throw new StorageException.NoSpace(
          tree.directory.path()
              + ": "
              + usable
              + " bytes are left on the disk, too few to write "
              + bytes
              + " bytes of memory out; delete and compact, or make room",
          null);
    }
  }
}
