package dev.plinth.lsm;

import dev.plinth.kit.directory.SpaceReserve;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.tree.Flushes;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Runs flushes and compactions in the background: one flush at a time (see [FlushQueue]), and as
/// many compactions as the options allow, on tables that no other one touches.
///
/// A failure poisons the engine, but for one: a compaction that finds the disk full is given up,
/// nothing is lost, and compactions wait until a flush or a deleted range changes something. Any
/// thread may call it.
final class Maintenance implements Flushes {
  private final Tree tree;
  private final ManifestLog manifest;
  private final BackgroundWork work;
  private final FlushQueue flushes;
  private final Compactor compactor;
  private final CompactionJobs jobs;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Long> busy = new HashSet<>();
  private final List<MergeCrew> crews = new ArrayList<>();
  private final AtomicBoolean looking = new AtomicBoolean();
  private int compacting;
  private int helping;
  private final LongAdder helped = new LongAdder();
  private boolean paused;
  private boolean starved;
  private StorageException.@Nullable NoSpace noSpace;
  private volatile boolean stopping;

  Maintenance(Tree tree, ManifestLog manifest, LogWriter log, BackgroundWork work) {
    this.tree = tree;
    this.manifest = manifest;
    this.work = work;
    this.flushes = new FlushQueue(tree, log, work, this);
    this.compactor = new Compactor(tree, this::isStopping);
    this.jobs = new CompactionJobs(tree);
    tree.seeks.onDue(this::seeksCounted);
  }

  /// Writes memtables out.
  FlushQueue flushes() {
    return flushes;
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

  /// How many ranges of merges were merged by threads that came to help.
  long helped() {
    return helped.sum();
  }

  /// What compactions did.
  Compactor compactor() {
    return compactor;
  }

  @Override
  public StorageException.@Nullable NoSpace flushFailure() {
    return flushes.failure();
  }

  @Override
  public void askFlush() {
    flushes.ask();
  }

  /// Nothing that runs is waited for: who finds no room is told at once.
  @Override
  public boolean mayGiveSpaceBack() {
    return false;
  }

  @Override
  public void flushDue() {
    flushes.due();
    updatePressure();
  }

  /// Says that a flush changed the tree.
  void flushed() {
    lock.lock();
    try {
      starved = false;
    } finally {
      lock.unlock();
    }
    dropCovered();
  }

  /// Starts the compactions that are due; threads that stay idle help those that run.
  void compactionDue() {
    compactionDue(false);
  }

  /// Has looked, in the background, whether seeks have paid for a merge. Never fails.
  void seeksCounted() {
    if (stopping || !looking.compareAndSet(false, true)) {
      return;
    }
    try {
      work.submit(
          CompactionChoice.SEEKS,
          () -> {
            looking.set(false);
            compactionDue(true);
          });
    } catch (StorageException.Closed | RejectedExecutionException _) {
      // The engine is being closed: nothing is merged any more.
    }
  }

  private void compactionDue(boolean forSeeks) {
    lock.lock();
    try {
      startDue(forSeeks);
      callHelp();
    } finally {
      lock.unlock();
    }
  }

  private void startDue(boolean forSeeks) {
    while (!paused && !starved && hasIdleThread()) {
      Version version = tree.versions.current();
      CompactionJob job;
      try {
        job = jobs.next(version, Set.copyOf(busy), forSeeks, one -> hasRoom(one, false));
      } finally {
        version.release();
      }
      if (job.isNothing()) {
        return;
      }
      begin(job);
      work.submit("compaction", () -> compact(job));
    }
  }

  private void callHelp() {
    for (MergeCrew crew : crews) {
      for (int waiting = crew.waiting(); waiting > 0 && hasIdleThread(); waiting--) {
        helping++;
        work.submit("compaction", () -> help(crew));
      }
    }
  }

  private boolean hasIdleThread() {
    return !stopping
        && !tree.health.isPoisoned()
        && compacting + helping < tree.options.compactionThreads();
  }

  /// One part of a merge; then what is due goes first.
  private void help(MergeCrew crew) {
    try {
      if (crew.help()) {
        helped.increment();
      }
    } finally {
      lock.lock();
      try {
        helping--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    compactionDue();
  }

  /// Waits until neither a flush nor a compaction runs or is due. A compaction that has ended may
  /// not have begun the next one yet, so that is done here.
  void awaitIdle() {
    flushes.awaitIdle();
    lock.lock();
    try {
      compactionDue();
      while ((compacting > 0 || helping > 0 || paused) && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
        compactionDue();
      }
    } finally {
      lock.unlock();
    }
    tree.health.require();
  }

  /// Rewrites what holds keys of a range until no garbage is left, and waits for it.
  ///
  /// @throws StorageException.NoSpace when the disk has no room for that, or for all of it: what
  ///   was done until then stays
  void compactWhole(KeyBounds bounds) {
    pause();
    try {
      StorageException.NoSpace full = mergeWhole(bounds);
      if (full != null && SpaceReserve.giveUp(tree.disk, tree.directory.path())) {
        full = mergeWhole(bounds);
      }
      if (full != null) {
        throw full;
      }
    } finally {
      resume();
    }
  }

  /// @return why there was no room; null when it was done
  private StorageException.@Nullable NoSpace mergeWhole(KeyBounds bounds) {
    boolean more =
        runAsked(
            version -> CompactionJob.of(tree.policy.whole(version.levels(), bounds, Set.of())));
    while (more) {
      more = runAsked(version -> jobs.collectAll(version, bounds));
    }
    lock.lock();
    try {
      return noSpace;
    } finally {
      lock.unlock();
    }
  }

  /// Runs a job while no other one runs.
  ///
  /// @return whether there was one and it was done
  private boolean runAsked(Function<Version, CompactionJob> chooser) {
    Version version = tree.versions.current();
    CompactionJob job;
    try {
      job = chooser.apply(version);
    } finally {
      version.release();
    }
    lock.lock();
    try {
      noSpace = null;
      if (job.isNothing() || stopping) {
        return false;
      }
      if (!hasRoom(job, true)) {
        noSpace =
            new StorageException.NoSpace(
                tree.directory.path() + ": space.bytes.max leaves no room for this merge", null);
        return false;
      }
      begin(job);
      work.submit("compaction", () -> compact(job));
      while (compacting > 0 && !tree.health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
      tree.health.require();
      return noSpace == null;
    } finally {
      lock.unlock();
    }
  }

  /// Gives up what runs and takes no more.
  void stop() {
    flushes.stop();
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
  /// @param without layers that are in tables now
  /// @param durable told when the edit is durable, before it is installed
  void commit(VersionEdit edit, List<Layer> without, Runnable durable) {
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
            layers.removeAll(without);
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
    flushes.tellEnd();
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
      starved = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    compactionDue();
  }

  private boolean hasRoom(CompactionJob job, boolean asked) {
    return tree.space.beginMerge(job.bytes(), tree.memoryBytes(), asked);
  }

  private void begin(CompactionJob job) {
    job.choice().tables().forEach(table -> busy.add(table.number()));
    compacting++;
  }

  /// Drops the tables of which a deleted range hides everything.
  private void dropCovered() {
    Version version = tree.versions.current();
    CompactionJob drop;
    lock.lock();
    try {
      List<TableMeta> covered =
          version.hasRanges()
              ? CoveredTables.find(version, tree.snapshots.list(), busy)
              : List.of();
      if (covered.isEmpty() || paused) {
        return;
      }
      drop = CompactionJob.of(new CompactionChoice.Drop(covered));
      begin(drop);
    } finally {
      lock.unlock();
      version.release();
    }
    compact(drop);
  }

  private void compact(CompactionJob job) {
    boolean done = false;
    List<Long> fresh = new ArrayList<>();
    try {
      Compactor.Result result = run(job, fresh);
      if (result != null) {
        replace(result.last());
        compactor.done(result);
        done = true;
      }
    } catch (RuntimeException | Error e) {
      // Before anybody who waits sees that it has ended.
      failed(e);
      throw e;
    } finally {
      tree.space.endMerge(job.bytes());
      tree.space.measure();
      lock.lock();
      try {
        job.choice().tables().forEach(table -> busy.remove(table.number()));
        fresh.forEach(busy::remove);
        compacting--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    if (done && !(job.choice() instanceof CompactionChoice.Drop)) {
      afterCompaction();
    }
  }

  /// @param fresh gets the tables of the steps: they have entries without numbers that upper tables
  ///   still have with theirs, so nothing may touch them before those go
  /// @return null when the disk was full; what was written and not committed is gone again then
  private Compactor.@Nullable Result run(CompactionJob job, List<Long> fresh) {
    try {
      return compactor.run(job, new Support(fresh));
    } catch (StorageException.NoSpace e) {
      lock.lock();
      try {
        starved = true;
        noSpace = e;
      } finally {
        lock.unlock();
      }
      return null;
    }
  }

  /// Serves a merge that runs.
  private final class Support implements Compactor.Support {
    private final List<Long> fresh;

    Support(List<Long> fresh) {
      this.fresh = fresh;
    }

    @Override
    public void commit(Compactor.Step step) {
      lock.lock();
      try {
        step.added().forEach(placed -> fresh.add(placed.table().number()));
        busy.addAll(fresh);
      } finally {
        lock.unlock();
      }
      replace(step);
      tree.space.measure();
    }

    @Override
    public void join(MergeCrew crew) {
      lock.lock();
      try {
        crews.add(crew);
        callHelp();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void leave(MergeCrew crew) {
      lock.lock();
      try {
        crews.remove(crew);
      } finally {
        lock.unlock();
      }
    }
  }

  private void replace(Compactor.Step step) {
    commit(
        new VersionEdit(
            tree.versions.nextNumber(), 0, 0, Map.of(), step.added(), step.removed(), step.blobs()),
        List.of(),
        () -> {});
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
      double debt = tree.debtBytes(version) - (double) options.debtBytesSoft();
      double byDebt = debt / (options.debtBytesHard() - options.debtBytesSoft());
      double byRuns = tree.policy.pressure(version.levels());
      tree.throttle.pressure(Math.max(tree.space.pressure(), Math.max(byDebt, byRuns)));
    } finally {
      version.release();
    }
  }
}
