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
/// Where the first level stands in the log, memtables are added to a layer that points into the
/// log, and a full one of these is flushed, beside the adding to the next.
///
/// A failure poisons the engine. Any thread may call it.
final class Maintenance implements Flushes {
  /// A flush waits while level 1 is this many times over its limit.
  private static final double UPPER_PRESSURE_MAX = 1.5;

  /// A layer that points into the log may grow to so many times its size while the one before goes
  /// to tables; then it waits.
  private static final double STAGE_SHARE_MAX = 2;

  private final Tree tree;
  private final LogWriter log;
  private final BackgroundWork work;
  private final Flusher flusher;
  private final Compactor compactor;
  private final Installer installer;
  private final Stages stages;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReentrantLock drainLock = new ReentrantLock();
  private final Set<Long> busy = new HashSet<>();
  private final Lane flushing = new Lane(this::nextFlush);
  private final Lane draining = new Lane(this::nextDrain);
  private Runnable progress = () -> {};
  private boolean whole;
  private boolean flushOwnsUpper;
  private long flushes;
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
    this.stages = new Stages(tree, installer);
  }

  /// Work of which one piece is done after the other.
  private static final class Lane {
    private final Steps steps;
    private boolean running;

    Lane(Steps steps) {
      this.steps = steps;
    }
  }

  /// Says which piece is next; null when none is.
  private interface Steps {
    @Nullable Runnable next();
  }

  /// Goes on with what a recovery found.
  void recovered() {
    stages.recovered();
    due(draining);
  }

  /// The layers that point into the log.
  Stages stages() {
    return stages;
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
    due(flushing);
    updatePressure();
  }

  @Override
  public void wholeDue() {
    if (!tree.isStaged()) {
      return;
    }
    lock.lock();
    try {
      whole = true;
    } finally {
      lock.unlock();
    }
    due(flushing);
  }

  private void due(Lane lane) {
    lock.lock();
    try {
      if (!lane.running && !isStopping() && lane.steps.next() != null) {
        lane.running = true;
        work.submit("flush", () -> run(lane));
      }
    } finally {
      lock.unlock();
    }
  }

  /// Starts the merges that are due.
  void mergeDue() {
    lock.lock();
    try {
      while (!paused && !stopping && merging < tree.options.compactionThreads()) {
        if (tree.health.isPoisoned() || !beginNext(tree.space.tightness())) {
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
          && (isFlushing() || merging > 0 || paused || beginNext(1));
    } finally {
      lock.unlock();
    }
  }

  /// Waits until neither a flush nor a merge runs or is due.
  void awaitIdle() {
    mergeDue();
    lock.lock();
    try {
      while ((isFlushing() || merging > 0 || paused) && !tree.health.isPoisoned()) {
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
      long bytes = tree.policy.bytes(choice);
      if (!hasRoom(bytes, true)) {
        version.release();
        throw new StorageException.NoSpace(
            tree.directory.path() + ": space.bytes.max leaves no room for this merge", null);
      }
      begin(choice, version, bytes);
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
  ///
  /// @param tight how near the space is to its end, from 0 to 1
  private boolean beginNext(double tight) {
    Version version = tree.versions.current();
    Set<Long> taken = new HashSet<>(busy);
    if (flushOwnsUpper) {
      version.levels().get(0).tables().forEach(table -> taken.add(table.number()));
      version.levels().get(1).tables().forEach(table -> taken.add(table.number()));
    }
    long room = tree.space.isLimited() ? tree.space.room(tree.memoryBytes()) : Long.MAX_VALUE;
    MergeChoice choice = tree.policy.choose(version.levels(), new Room(taken, room), tight);
    boolean upper = choice.upperLevel() == 0 && flushOwnsUpper;
    long bytes = tree.policy.bytes(choice);
    if (choice instanceof MergeChoice.Nothing || upper || !hasRoom(bytes, false)) {
      version.release();
      return false;
    }
    begin(choice, version, bytes);
    return true;
  }

  private boolean hasRoom(long bytes, boolean asked) {
    return tree.space.beginMerge(bytes, tree.memoryBytes(), asked);
  }

  /// @param bytes the room that was taken for it
  private void begin(MergeChoice choice, Version version, long bytes) {
    choice.tables().forEach(table -> busy.add(table.number()));
    merging++;
    long before = flushes;
    work.submit("merge", () -> merge(choice, version, before, bytes));
  }

  /// Whether a merge that was begun may go on. A flush does not wait for one whose task has not
  /// started: it is given up, since the flush changes its tables, and chosen again afterwards.
  ///
  /// @param before how many flushes had begun when it was chosen
  private boolean startsNow(MergeChoice choice, long before) {
    lock.lock();
    try {
      if (choice.upperLevel() > 1) {
        return true;
      }
      if (flushOwnsUpper || flushes != before) {
        return false;
      }
      upperMerges++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFlushing() {
    return flushing.running || draining.running;
  }

  private void run(Lane lane) {
    boolean done = false;
    try {
      while (!done) {
        Runnable step = lane.steps.next();
        if (step != null) {
          step.run();
          progress.run();
          mergeDue();
        }
        lock.lock();
        try {
          done = stopping || lane.steps.next() == null;
          lane.running = !done;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
    } finally {
      if (!done) {
        lock.lock();
        try {
          lane.running = false;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
      progress.run();
    }
  }

  private @Nullable Runnable nextFlush() {
    Layer oldest = installer.oldestFrozen();
    if (oldest != null) {
      return tree.isStaged() ? () -> stage(oldest) : () -> flush(oldest);
    }
    lock.lock();
    try {
      return whole ? this::drainWhole : null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Runnable nextDrain() {
    return stages.oldestFull() == null ? null : this::drainOldest;
  }

  /// Adds a memtable to the layer that points into the log; one that fits none goes to tables by
  /// itself, after all that is older.
  private void stage(Layer memtable) {
    log.awaitWritten(memtable.logEnd() - 1);
    if (!stages.add(memtable)) {
      seal();
      if (!stages.add(memtable)) {
        awaitDrained();
        flush(memtable);
        return;
      }
    }
    if (stages.exceeds(STAGE_SHARE_MAX) || (stages.exceeds(1) && stages.oldestFull() == null)) {
      seal();
    }
  }

  private void drainWhole() {
    lock.lock();
    try {
      whole = false;
    } finally {
      lock.unlock();
    }
    seal();
  }

  /// Hands the layer that is being filled to tables, once the one before is there.
  private void seal() {
    awaitDrained();
    stages.seal();
    due(draining);
  }

  /// Brings all full layers to tables, or waits for who does; it never waits for a task that may
  /// not have begun, since the executor may have one thread.
  private void awaitDrained() {
    while (stages.oldestFull() != null && !isStopping()) {
      drainOldest();
    }
    if (isStopping()) {
      throw new TableMerge.Cancelled();
    }
  }

  private void drainOldest() {
    drainLock.lock();
    try {
      Layer oldest = stages.oldestFull();
      if (oldest != null && !isStopping()) {
        flush(oldest);
      }
    } catch (RuntimeException | Error e) {
      // Before anybody else can try again what failed.
      failed(e);
      throw e;
    } finally {
      drainLock.unlock();
    }
  }

  private void flush(Layer layer) {
    if (tree.options.logged()) {
      log.requestSync();
    }
    if (layer.isPointing()) {
      LogWriter.Pin pin = log.pin(tree.versions.logPosition(), stages.reach(layer));
      layer.whenReleased(() -> release(pin));
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
    stages.drained(layer);
    tree.epochs.poll();
    log.dropBefore(layer.logEnd());
    tree.space.measure();
  }

  /// Lets segments of the log go that nobody reads any more. Whoever read them last does not wait
  /// for that.
  private void release(LogWriter.Pin pin) {
    if (stopping) {
      return;
    }
    try {
      work.submit("log segment", pin::close);
    } catch (StorageException.Closed _) {
      // The next opening drops them.
    }
  }

  /// Waits until no merge touches level 0 or 1, and keeps others from beginning.
  private void takeUpper() {
    lock.lock();
    try {
      while (isLevelOneFull() && upperMerges > 0 && !isStopping()) {
        changed.awaitUninterruptibly();
      }
      flushOwnsUpper = true;
      flushes++;
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

  private void merge(MergeChoice choice, Version version, long before, long bytes) {
    boolean done = false;
    boolean starts = startsNow(choice, before);
    try {
      if (starts) {
        installer.commit(compactor.run(choice, version), null, () -> {});
        done = true;
      }
    } catch (RuntimeException | Error e) {
      // Before anybody who waits sees that it has ended.
      failed(e);
      throw e;
    } finally {
      version.release();
      tree.epochs.poll();
      tree.space.endMerge(bytes);
      tree.space.measure();
      lock.lock();
      try {
        choice.tables().forEach(table -> busy.remove(table.number()));
        merging--;
        if (starts && choice.upperLevel() <= 1) {
          upperMerges--;
        }
        if (done || !starts) {
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
