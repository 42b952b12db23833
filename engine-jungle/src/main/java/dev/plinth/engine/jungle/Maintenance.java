package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.TableMerge;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.tree.Flushes;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.StorageException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Runs flushes and merges in the background: one flush at a time, in the order of the memtables,
/// and as many merges as the options allow, on tables that no other one touches. A flush appends to
/// the tables of level 1, so merges that touch level 0 or 1 wait while it runs, and it for them.
///
/// A failure poisons the engine. Any thread may call it.
final class Maintenance implements Flushes {
  /// A flush waits while level 1 is this many times over its limit.
  private static final double UPPER_PRESSURE_MAX = 1.5;

  private final Tree tree;
  private final LogWriter log;
  private final BackgroundWork work;
  private final Flusher flusher;
  private final Compactor compactor;
  private final Installer installer;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Long> busy = new HashSet<>();
  private Runnable progress = () -> {};
  private boolean flushing;
  private boolean flushOwnsUpper;
  private int upperMerges;
  private int merging;
  private boolean paused;
  private volatile boolean stopping;

  Maintenance(Tree tree, ManifestLog manifest, LogWriter log, BackgroundWork work) {
    this.tree = tree;
    this.log = log;
    this.work = work;
    this.flusher = new Flusher(tree, this::isStopping);
    this.compactor = new Compactor(tree, this::isStopping);
    this.installer = new Installer(tree, manifest, this::updatePressure);
  }

  /// Says whom to tell when a memtable was flushed or a merge ended.
  void onProgress(Runnable listener) {
    progress = listener;
  }

  Installer installer() {
    return installer;
  }

  /// How many merges run.
  int merging() {
    lock.lock();
    try {
      return merging;
    } finally {
      lock.unlock();
    }
  }

  /// What merges did.
  Compactor compactor() {
    return compactor;
  }

  /// A full disk poisons the engine; no flush ends without room and goes on.
  @Override
  public StorageException.@Nullable NoSpace flushFailure() {
    return null;
  }

  @Override
  public void askFlush() {
    flushDue();
  }

  /// Starts a flush unless one runs.
  @Override
  public void flushDue() {
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

  /// Starts the merges that are due.
  void mergeDue() {
    lock.lock();
    try {
      while (!paused && !stopping && merging < tree.options.compactionThreads()) {
        if (tree.health.isPoisoned() || !beginNext()) {
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean mayGiveSpaceBack() {
    lock.lock();
    try {
      return !stopping
          && !tree.health.isPoisoned()
          && (flushing || merging > 0 || paused || beginNext());
    } finally {
      lock.unlock();
    }
  }

  /// Waits until neither a flush nor a merge runs or is due.
  void awaitIdle() {
    mergeDue();
    lock.lock();
    try {
      while ((flushing || merging > 0 || paused) && !tree.health.isPoisoned()) {
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
      long before = tree.versions.nextNumber();
      boolean more = true;
      while (more) {
        more = step(version -> tree.policy.whole(version.levels(), bounds, before));
      }
    } finally {
      resume();
    }
  }

  /// Does one step while other merges are paused.
  ///
  /// @return whether there was anything to do
  private boolean step(Function<Version, MergeChoice> chooser) {
    lock.lock();
    try {
      while (flushOwnsUpper && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
      tree.health.require();
      Version version = tree.versions.current();
      MergeChoice choice = chooser.apply(version);
      if (choice instanceof MergeChoice.Nothing || stopping) {
        version.release();
        return false;
      }
      if (!hasRoom(choice, true)) {
        version.release();
        throw new StorageException.NoSpace(
            tree.directory.path() + ": space.bytes.max leaves no room for this merge", null);
      }
      begin(choice);
      work.submit("merge", () -> merge(choice, version));
      while (merging > 0 && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    tree.health.require();
    return true;
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

  /// Takes note of a task's failure.
  void failed(Throwable cause) {
    boolean expected =
        cause instanceof TableMerge.Cancelled
            || (stopping && cause instanceof StorageException.Closed);
    if (!expected) {
      tree.health.poison(cause);
    }
    progress.run();
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
      while (merging > 0 && !tree.health.isPoisoned()) {
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
    mergeDue();
    progress.run();
  }

  /// Begins the next merge that is due. The lock is held.
  private boolean beginNext() {
    Version version = tree.versions.current();
    Set<Long> taken = new HashSet<>(busy);
    if (flushOwnsUpper) {
      version.levels().get(0).tables().forEach(table -> taken.add(table.number()));
      version.levels().get(1).tables().forEach(table -> taken.add(table.number()));
    }
    MergeChoice choice = tree.policy.choose(version.levels(), taken, tree.space.isTight());
    boolean upper = choice.upperLevel() == 0 && flushOwnsUpper;
    if (choice instanceof MergeChoice.Nothing || upper || !hasRoom(choice, false)) {
      version.release();
      return false;
    }
    begin(choice);
    work.submit("merge", () -> merge(choice, version));
    return true;
  }

  private boolean hasRoom(MergeChoice choice, boolean asked) {
    return tree.space.beginMerge(mergeBytes(choice), tree.memoryBytes(), asked);
  }

  /// About what a choice writes at most.
  private static long mergeBytes(MergeChoice choice) {
    return switch (choice) {
      case MergeChoice.Nothing _, MergeChoice.Move _ -> 0;
      case MergeChoice.MergeDown down ->
          down.table().liveBytes() * 5 / 4
              + down.targets().stream().mapToLong(TableMeta::liveBytes).max().orElse(0);
      case MergeChoice.Rewrite rewrite ->
          rewrite.tables().stream().mapToLong(TableMeta::liveBytes).sum();
    };
  }

  private void begin(MergeChoice choice) {
    choice.tables().forEach(table -> busy.add(table.number()));
    merging++;
    if (choice.upperLevel() <= 1) {
      upperMerges++;
    }
  }

  private void flushAll() {
    boolean done = false;
    try {
      while (!done) {
        Layer oldest = installer.oldestFrozen();
        if (oldest != null) {
          flush(oldest);
          progress.run();
          mergeDue();
        }
        lock.lock();
        try {
          done = stopping || installer.oldestFrozen() == null;
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
      progress.run();
    }
  }

  private void flush(Layer layer) {
    if (tree.options.logged()) {
      log.requestSync();
    }
    takeUpper();
    try {
      Version version = tree.versions.current();
      try {
        long[] boundaries = tree.snapshots.within(layer, tree.versions.flushedSequence());
        int level = version.levels().getFirst().runs().isEmpty() ? 1 : 0;
        var stages = flusher.flush(layer, boundaries, version, level);
        if (tree.options.logged()) {
          log.awaitSynced(layer.logEnd() - 1);
        }
        installer.commit(layer, stages);
      } finally {
        version.release();
      }
    } finally {
      giveUpper();
    }
    log.dropBefore(layer.logEnd());
    tree.space.measure();
  }

  /// Waits until no merge touches level 0 or 1, and keeps others from beginning.
  private void takeUpper() {
    lock.lock();
    try {
      while (isLevelOneFull() && upperMerges > 0 && !isStopping()) {
        changed.awaitUninterruptibly();
      }
      flushOwnsUpper = true;
      while (upperMerges > 0 && !isStopping()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    if (isStopping()) {
      giveUpper();
      throw new TableMerge.Cancelled();
    }
  }

  private boolean isLevelOneFull() {
    Version version = tree.versions.current();
    try {
      return tree.policy.upperPressure(version.levels()) > UPPER_PRESSURE_MAX;
    } finally {
      version.release();
    }
  }

  private void giveUpper() {
    lock.lock();
    try {
      flushOwnsUpper = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void merge(MergeChoice choice, Version version) {
    boolean done = false;
    try {
      installer.commit(compactor.run(choice, version), null, () -> {});
      done = true;
    } finally {
      version.release();
      tree.space.endMerge(mergeBytes(choice));
      tree.space.measure();
      lock.lock();
      try {
        choice.tables().forEach(table -> busy.remove(table.number()));
        merging--;
        if (choice.upperLevel() <= 1) {
          upperMerges--;
        }
        if (done) {
          mergeDue();
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    progress.run();
  }

  private void updatePressure() {
    Version version = tree.versions.current();
    try {
      JungleOptions options = tree.options;
      double debt = tree.policy.debtBytes(version.levels()) - (double) options.debtBytesSoft();
      double byDebt = debt / (options.debtBytesHard() - options.debtBytesSoft());
      tree.throttle.pressure(Math.max(tree.space.pressure(), byDebt));
    } finally {
      version.release();
    }
  }
}
