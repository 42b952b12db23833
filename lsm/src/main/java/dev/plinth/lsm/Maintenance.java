package dev.plinth.lsm;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Runs flushes and compactions in the background: one flush at a time, in the order of the
/// memtables, and as many compactions as the options allow, on tables that no other one touches.
///
/// A failure poisons the engine. Any thread may call it.
final class Maintenance {
  private final Tree tree;
  private final ManifestLog manifest;
  private final LogWriter log;
  private final BackgroundWork work;
  private final Flusher flusher;
  private final Compactor compactor;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Long> busy = new HashSet<>();
  private Runnable memtableFlushed = () -> {};
  private boolean flushing;
  private int compacting;
  private boolean paused;
  private volatile boolean stopping;

  Maintenance(Tree tree, ManifestLog manifest, LogWriter log, BackgroundWork work) {
    this.tree = tree;
    this.manifest = manifest;
    this.log = log;
    this.work = work;
    this.flusher = new Flusher(tree);
    this.compactor = new Compactor(tree, this::isStopping);
  }

  /// Says whom to tell when a memtable was flushed.
  void onMemtableFlushed(Runnable listener) {
    memtableFlushed = listener;
  }

  /// How many compactions run.
  int compacting() {
    lock.lock();
    try {
      return compacting;
    } finally {
      lock.unlock();
    }
  }

  /// What compactions did.
  Compactor compactor() {
    return compactor;
  }

  /// Starts a flush unless one runs.
  void flushDue() {
    lock.lock();
    try {
      if (flushing || stopping || tree.health.isPoisoned()) {
        return;
      }
      flushing = true;
      work.submit("flush", this::flushAll);
    } finally {
      lock.unlock();
    }
    updatePressure();
  }

  /// Starts the compactions that are due.
  void compactionDue() {
    lock.lock();
    try {
      while (!paused && !stopping && compacting < tree.options.compactionThreads()) {
        if (tree.health.isPoisoned()) {
          return;
        }
        Version version = tree.versions.current();
        CompactionChoice choice = tree.policy.choose(version.levels(), Set.copyOf(busy));
        if (choice instanceof CompactionChoice.Nothing || !hasRoom(choice)) {
          version.release();
          return;
        }
        begin(choice);
        work.submit("compaction", () -> compact(choice, version));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits until neither a flush nor a compaction runs or is due.
  void awaitIdle() {
    compactionDue();
    lock.lock();
    try {
      while ((flushing || compacting > 0 || paused) && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    tree.health.require();
  }

  /// Rewrites what holds keys of a range until no garbage is left, and waits for it.
  void compactWhole(KeyBounds bounds) {
    pause();
    try {
      Version version = tree.versions.current();
      CompactionChoice choice = tree.policy.whole(version.levels(), bounds, Set.of());
      lock.lock();
      try {
        if (!(choice instanceof CompactionChoice.Nothing) && !hasRoom(choice)) {
          version.release();
          throw new StorageException.NoSpace(
              tree.directory.path() + ": space.bytes.max leaves no room for this merge", null);
        }
        if (choice instanceof CompactionChoice.Nothing || stopping) {
          version.release();
          return;
        }
        begin(choice);
        work.submit("compaction", () -> compact(choice, version));
        while (compacting > 0 && !tree.health.isPoisoned()) {
          changed.awaitUninterruptibly();
        }
      } finally {
        lock.unlock();
      }
      tree.health.require();
    } finally {
      resume();
    }
  }

  /// Gives up what runs and takes no more.
  void stop() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    work.close();
  }

  /// Makes an edit durable and installs it.
  ///
  /// @param without a layer that is in tables now; null for none
  void commit(VersionEdit edit, @Nullable Layer without) {
    commit(edit, without, () -> {});
  }

  /// As [#commit(VersionEdit, Layer)].
  ///
  /// @param durable told when the edit is durable, before it is installed
  void commit(VersionEdit edit, @Nullable Layer without, Runnable durable) {
    byte[] bytes = edit.encode();
    manifest.commit(
        MemorySegment.ofArray(bytes),
        0,
        bytes.length,
        () -> {
          durable.run();
          Version version = tree.versions.apply(edit);
          tree.viewLock.lock();
          try {
            List<Layer> layers = new ArrayList<>(List.of(tree.view().layers()));
            layers.remove(without);
            tree.replace(new ReadView(layers, version));
          } finally {
            tree.viewLock.unlock();
          }
        });
    updatePressure();
  }

  /// Takes note of a task's failure.
  void failed(Throwable cause) {
    boolean expected =
        cause instanceof MergeJob.Cancelled
            || (stopping && cause instanceof StorageException.Closed);
    if (!expected) {
      tree.health.poison(cause);
    }
    memtableFlushed.run();
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isStopping() {
    return stopping || tree.health.isPoisoned();
  }

  private void pause() {
    lock.lock();
    try {
      while (paused && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
      tree.health.require();
      paused = true;
      while (compacting > 0 && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void resume() {
    lock.lock();
    try {
      paused = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    compactionDue();
  }

  private boolean hasRoom(CompactionChoice choice) {
    return tree.space.beginMerge(mergeBytes(choice), tree.memoryBytes());
  }

  /// What a choice writes at most.
  private static long mergeBytes(CompactionChoice choice) {
    return choice instanceof CompactionChoice.Merge merge
        ? merge.tables().stream().mapToLong(TableMeta::bytes).sum()
        : 0;
  }

  private void begin(CompactionChoice choice) {
    choice.tables().forEach(table -> busy.add(table.number()));
    compacting++;
  }

  private void flushAll() {
    boolean done = false;
    try {
      while (!done) {
        Layer oldest = oldestFrozen();
        if (oldest != null) {
          flush(oldest);
          memtableFlushed.run();
          compactionDue();
        }
        lock.lock();
        try {
          done = stopping || oldestFrozen() == null;
          flushing = !done;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
    } finally {
      if (!done) {
        lock.lock();
        try {
          flushing = false;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
    }
  }

  private @Nullable Layer oldestFrozen() {
    tree.viewLock.lock();
    try {
      Layer[] layers = tree.view().layers();
      return layers.length > 1 ? layers[layers.length - 1] : null;
    } finally {
      tree.viewLock.unlock();
    }
  }

  private void flush(Layer layer) {
    List<TableMeta> tables = flusher.flush(layer);
    if (tree.options.logged()) {
      log.sync();
    }
    List<VersionEdit.Placed> placed =
        tables.stream()
            .map(table -> new VersionEdit.Placed(0, layer.lastSequence(), table))
            .toList();
    VersionEdit edit =
        new VersionEdit(
            tree.versions.nextNumber(),
            layer.lastSequence(),
            layer.logEnd(),
            layer.applied(),
            placed,
            List.of());
    commit(edit, layer, () -> tree.durables.durable(layer.lastSequence(), layer.applied()));
    log.dropBefore(layer.logEnd());
    tree.space.measure();
    dropCovered();
  }

  /// Drops the tables of which a deleted range hides everything.
  private void dropCovered() {
    Version version = tree.versions.current();
    CompactionChoice.Drop drop;
    lock.lock();
    try {
      List<TableMeta> covered =
          version.hasRanges()
              ? CoveredTables.find(version, tree.snapshots.list(), busy)
              : List.of();
      if (covered.isEmpty() || paused) {
        version.release();
        return;
      }
      drop = new CompactionChoice.Drop(covered);
      begin(drop);
    } finally {
      lock.unlock();
    }
    compact(drop, version);
  }

  private void compact(CompactionChoice choice, Version version) {
    try {
      Compactor.Result result = compactor.run(choice, version);
      commit(
          new VersionEdit(
              tree.versions.nextNumber(), 0, 0, Map.of(), result.added(), result.removed()),
          null);
      compactor.done(result);
    } finally {
      version.release();
      tree.space.endMerge(mergeBytes(choice));
      tree.space.measure();
      lock.lock();
      try {
        choice.tables().forEach(table -> busy.remove(table.number()));
        compacting--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    if (!(choice instanceof CompactionChoice.Drop)) {
      afterCompaction();
    }
  }

  private void afterCompaction() {
    if (tree.versions.hasRanges()) {
      dropCovered();
    }
    compactionDue();
  }

  private void updatePressure() {
    Version version = tree.versions.current();
    try {
      LsmOptions options = tree.options;
      double debt = tree.policy.debtBytes(version.levels()) - (double) options.debtBytesSoft();
      double byDebt = debt / (options.debtBytesHard() - options.debtBytesSoft());
      double byRuns = tree.policy.pressure(version.levels());
      tree.throttle.pressure(Math.max(tree.space.pressure(), Math.max(byDebt, byRuns)));
    } finally {
      version.release();
    }
  }
}
