package dev.plinth.raft.testkit;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A script of a Raft log under way: every step changes the model and the log and compares them.
final class LogRun implements CrashingRun {
  private final RaftLogFactory factory;
  private final LogAction.Theme theme;
  private final long seed;
  private final int steps;
  private final QuietExecutor background;
  private final BooleanSupplier tolerated;
  private final int payloadMax;
  private Disk disk;
  private LogModel model = new LogModel();
  private @Nullable GroupedLog log;
  private boolean failed;

  LogRun(
      RaftLogFactory factory,
      LogAction.Theme theme,
      long seed,
      int steps,
      int payloadMax,
      Disk disk,
      QuietExecutor background,
      BooleanSupplier tolerated) {
    this.factory = factory;
    this.theme = theme;
    this.seed = seed;
    this.steps = steps;
    this.payloadMax = payloadMax;
    this.disk = disk;
    this.background = background;
    this.tolerated = tolerated;
  }

  /// Step 0 opens the log.
  @Override
  public int steps() {
    return steps + 1;
  }

  private SplittableRandom random(int step) {
    return new SplittableRandom(seed * 1_000_003 + step);
  }

  @Override
  public String describe(int step) {
    return step == 0 ? "open" : LogAction.choose(random(step), theme).toString();
  }

  @Override
  public void step(int step) {
    SplittableRandom random = random(step);
    try {
      if (step == 0) {
        log = factory.open(disk, History.STORE, background);
      } else {
        run(LogAction.choose(random, theme), random);
      }
    } catch (StorageException e) {
      if (!tolerated.getAsBoolean()) {
        throw new Violation("SPI", "threw " + e, e);
      }
    }
    background.await();
  }

  /// Runs an action: long because it is one switch over all of them.
  private void run(LogAction action, SplittableRandom random) {
    GroupedLog open = log;
    if (open == null) {
      return;
    }
    int group = random.nextInt(LogModel.GROUPS);
    RaftLogStore store = open.group(LogModel.number(group), LogModel.base(group));
    GroupState state = model.state(group);
    switch (action) {
      case APPEND -> {
        NavigableMap<Long, ModelEntry> batch = entries(random, state.last() + 1);
        change(group, state.appended(batch), () -> store.append(GroupState.batch(batch)));
      }
      case OVERWRITE -> {
        long from = state.first() + random.nextLong(state.last() - state.first() + 2);
        NavigableMap<Long, ModelEntry> batch = entries(random, from);
        long index = batch.firstKey();
        change(
            group,
            state.appended(batch),
            () -> store.overwriteFrom(index, GroupState.batch(batch)));
      }
      case TRUNCATE -> {
        long kept = state.last() - random.nextInt(6);
        if (kept < state.last()) {
          change(group, state.truncated(kept), () -> store.truncateSuffix(kept));
          promise(group);
        } else {
          store.truncateSuffix(kept);
        }
      }
      case COMPACT -> {
        long kept = state.first() + random.nextLong(state.last() - state.first() + 4);
        if (kept > state.first()) {
          change(group, state.compacted(kept), () -> store.compactPrefix(kept));
        } else {
          store.compactPrefix(kept);
        }
      }
      case RESET -> {
        long next = random.nextLong(state.last() + 20);
        boolean empty = random.nextBoolean();
        NavigableMap<Long, ModelEntry> entry = new TreeMap<>();
        if (!empty) {
          entry.put(next, entry(random));
        }
        change(
            group,
            state.reset(next, entry),
            () -> store.reset(next, empty ? null : GroupState.batch(entry)));
        promise(group);
        requireFailureStays();
      }
      case SAVE -> {
        byte[] extras = new byte[random.nextInt(20)];
        HardState hard =
            new HardState(
                state.hardState().term() + random.nextInt(3),
                random.nextBoolean() ? "" : "peer-" + random.nextInt(5),
                extras);
        change(group, state.saved(hard), () -> store.saveHardState(hard));
        promise(group);
        requireFailureStays();
      }
      case COMMIT -> {
        long index = random.nextLong(state.last() + 2);
        model.submit(group, state.staged(index));
        store.stageCommit(index);
      }
      case SYNC -> {
        GroupState before = state;
        store.sync(before.last());
        if (!failed && store.durableIndex() != before.last()) {
          throw new Violation("D12", "synced to " + before.last() + ", durable index is other");
        }
        promise(group);
      }
      case SYNC_ALL -> {
        open.sync();
        for (int other = 0; other < LogModel.GROUPS; other++) {
          promise(other);
        }
      }
      case RECLAIM -> open.reclaim();
      case REOPEN -> reopen(open);
    }
    GroupedLog now = log;
    if (now != null && !failed && !tolerated.getAsBoolean()) {
      compare(now, group);
    }
  }

  private void promise(int group) {
    if (!failed) {
      model.promise(group);
    }
  }

  private void change(int group, GroupState next, Runnable change) {
    model.submit(group, next);
    mutate(change);
  }

  private void mutate(Runnable change) {
    try {
      change.run();
    } catch (StorageException e) {
      failed = true;
      throw e;
    } catch (IllegalArgumentException e) {
      // Once a change has failed the model does not know the last index any more.
      if (!failed) {
        throw e;
      }
    }
  }

  /// A change that is never without effect has succeeded: then none failed before.
  private void requireFailureStays() {
    if (failed) {
      throw new Violation("D7", "a change succeeded after another had failed");
    }
  }

  private void compare(GroupedLog open, int group) {
    RaftLogStore store = open.group(LogModel.number(group), LogModel.base(group));
    GroupState found = GroupState.of(store);
    GroupState expected = model.state(group);
    if (!expected.allows(found) || found.commit() != expected.commit()) {
      throw new Violation("D12", "the log shows " + found + ", the model " + expected);
    }
    if (store.durableIndex() > found.last()) {
      throw new Violation("D12", "durable index " + store.durableIndex() + " beside " + found);
    }
  }

  private void reopen(GroupedLog open) {
    log = null;
    boolean healthy = !failed;
    open.close();
    background.await();
    if (healthy) {
      for (int group = 0; group < LogModel.GROUPS; group++) {
        model.promise(group);
      }
    }
    adopt(model.mark());
  }

  /// Opens the log again and goes on with what it shows.
  private void adopt(LogModel.Mark mark) {
    GroupedLog open = factory.open(disk, History.STORE, background);
    log = open;
    for (int group = 0; group < LogModel.GROUPS; group++) {
      GroupState found = GroupState.of(open.group(LogModel.number(group), LogModel.base(group)));
      model.recognise(mark, group, found);
      model.submit(group, afterOpen(found, LogModel.base(group)));
      model.promise(group);
    }
    failed = false;
  }

  private static GroupState afterOpen(GroupState found, long base) {
    boolean fresh = found.entries().isEmpty() && found.first() == base;
    return new GroupState(
        found.first(), found.entries(), found.hardState(), found.commit(), found.commit(), fresh);
  }

  /// Crashes the disk and goes on with what is found.
  @Override
  public void crash(CrashState state) {
    LogModel.Mark mark = model.mark();
    SimDisk found = ((SimDisk) disk).crash(state);
    close();
    disk = found;
    adopt(mark);
    background.await();
  }

  private NavigableMap<Long, ModelEntry> entries(SplittableRandom random, long from) {
    NavigableMap<Long, ModelEntry> batch = new TreeMap<>();
    long index = from + (random.nextInt(12) == 0 ? random.nextInt(100) : 0);
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      batch.put(index, entry(random));
      index += random.nextInt(15) == 0 ? 1 + random.nextInt(5) : 1;
    }
    return batch;
  }

  private ModelEntry entry(SplittableRandom random) {
    int length = random.nextInt(10) == 0 ? 0 : random.nextInt(payloadMax);
    int type = random.nextInt(6) == 0 ? EntryTypes.CONFIGURATION : random.nextInt(2);
    long timestamp = random.nextBoolean() ? 0 : random.nextLong(1L << 41);
    return ModelEntry.of(
        random.nextInt(4) == 0 ? random.nextLong(9) : 9,
        type,
        timestamp,
        random.nextLong(),
        length);
  }

  @Override
  public Object mark() {
    return model.mark();
  }

  @Override
  public Object weakened(Object early, Object late) {
    return new LogModel.Mark(((LogModel.Mark) early).durable(), ((LogModel.Mark) late).submitted());
  }

  @Override
  public void check(Object mark, Disk found, boolean powerLost, long probe) {
    LogModel.Mark promise = (LogModel.Mark) mark;
    GroupState[] states = new GroupState[LogModel.GROUPS];
    boolean crashing = found instanceof SimDisk && probe % 3 == 1;
    GroupedLog opened = factory.open(found, History.STORE, background);
    try {
      background.await();
      for (int group = 0; group < LogModel.GROUPS; group++) {
        RaftLogStore store = opened.group(LogModel.number(group), LogModel.base(group));
        states[group] = GroupState.of(store);
        model.recognise(promise, group, states[group]);
        if (store.durableIndex() != states[group].last()) {
          throw new Violation("D5", "an opened log must be durable as it is");
        }
      }
      if (probe % 3 == 0) {
        states[0] = writeProbe(opened, states[0]);
      } else if (crashing) {
        ((SimDisk) found).kill("power was lost after recovery");
      }
    } finally {
      close(opened, crashing);
    }
    if (crashing) {
      requireSame(((SimDisk) found).crash(new CrashState.NothingUnsynced()), states);
    } else if (probe % 3 == 0) {
      requireSame(found, states);
    }
  }

  /// A recovered log takes changes and keeps them.
  private static GroupState writeProbe(GroupedLog opened, GroupState before) {
    RaftLogStore store = opened.group(LogModel.number(0), LogModel.base(0));
    NavigableMap<Long, ModelEntry> batch = new TreeMap<>();
    batch.put(before.last() + 1, ModelEntry.of(77, EntryTypes.DATA, 0, 7, 77));
    store.append(GroupState.batch(batch));
    store.saveHardState(new HardState(before.hardState().term() + 1, "probe", new byte[0]));
    opened.reclaim();
    return GroupState.of(store);
  }

  private void requireSame(Disk found, GroupState[] states) {
    GroupedLog again = factory.open(found, History.STORE, background);
    try {
      for (int group = 0; group < LogModel.GROUPS; group++) {
        GroupState now = GroupState.of(again.group(LogModel.number(group), LogModel.base(group)));
        if (!now.equals(states[group])) {
          throw new Violation(
              "D5", "after another opening there is " + now + " instead of " + states[group]);
        }
      }
    } finally {
      close(again, false);
    }
  }

  private void close(GroupedLog opened, boolean dead) {
    try {
      opened.close();
    } catch (StorageException e) {
      if (!dead) {
        throw e;
      }
    }
    background.await();
  }

  @Override
  public void finish() {
    GroupedLog open = log;
    if (open == null) {
      return;
    }
    log = null;
    try {
      open.close();
      if (!failed && !tolerated.getAsBoolean()) {
        for (int group = 0; group < LogModel.GROUPS; group++) {
          model.promise(group);
        }
      }
    } catch (StorageException e) {
      if (!tolerated.getAsBoolean()) {
        throw new Violation("SPI", "closing threw " + e, e);
      }
    }
    background.await();
  }

  @Override
  public void close() {
    GroupedLog open = log;
    log = null;
    if (open != null) {
      try {
        open.close();
      } catch (StorageException e) {
        // Whatever state the disk is in, nothing is promised any more.
        assert e.getMessage() != null;
      }
      background.await();
    }
  }
}
