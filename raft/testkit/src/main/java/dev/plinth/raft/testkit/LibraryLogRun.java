package dev.plinth.raft.testkit;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.testkit.LibraryScript.LibraryStep;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A script of an adapter's log under way: every state that it went through is kept, and how far
/// they are promised to be durable.
final class LibraryLogRun<L, S> implements CrashingRun {
  private static final int REOPEN_EVERY = 25;

  private final LibraryScript<L, S> script;
  private final RaftLogFactory factory;
  private final long seed;
  private final int steps;
  private final QuietExecutor background;
  private final BooleanSupplier tolerated;
  private final List<S> states = new ArrayList<>();
  private int durable;
  private Disk disk;
  private @Nullable Open<L> open;
  private String last = "open";
  private boolean failed;

  private record Open<L>(GroupedLog store, L log) {}

  /// What was promised at a moment: state `durable`, or a later one before `submitted`.
  private record Mark(int durable, int submitted) {}

  LibraryLogRun(
      LibraryScript<L, S> script,
      RaftLogFactory factory,
      long seed,
      int steps,
      Disk disk,
      QuietExecutor background,
      BooleanSupplier tolerated) {
    this.script = script;
    this.factory = factory;
    this.seed = seed;
    this.steps = steps;
    this.disk = disk;
    this.background = background;
    this.tolerated = tolerated;
    states.add(script.empty());
  }

  @Override
  public int steps() {
    return steps + 1;
  }

  @Override
  public String describe(int step) {
    return step == 0 ? "open" : "a step after " + last;
  }

  @Override
  public void step(int step) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + step);
    try {
      if (step == 0) {
        open = open(disk);
      } else if (random.nextInt(REOPEN_EVERY) == 0) {
        reopen();
      } else {
        run(random);
      }
    } catch (StorageException e) {
      failed = true;
      if (!tolerated.getAsBoolean()) {
        throw new Violation("SPI", last + " threw " + e, e);
      }
    }
    background.await();
  }

  private Open<L> open(Disk where) {
    GroupedLog store = factory.open(where, History.STORE, background);
    try {
      return new Open<>(store, script.open(store));
    } catch (RuntimeException e) {
      close(store);
      throw e;
    }
  }

  private void run(SplittableRandom random) {
    Open<L> now = open;
    if (now == null || failed) {
      return;
    }
    LibraryStep<L, S> step = script.next(random, newest());
    last = step.name();
    submit(step.after());
    step.run().accept(now.log());
    if (step.isDurable()) {
      promise();
    }
    if (!tolerated.getAsBoolean()) {
      S shown = script.show(now.log());
      if (!script.allows(step.after(), shown)) {
        throw new Violation(
            "D12", "after " + last + " there is " + shown + ", expected " + step.after());
      }
    }
  }

  private synchronized S newest() {
    return states.getLast();
  }

  private synchronized void submit(S state) {
    states.add(state);
  }

  private synchronized void promise() {
    durable = states.size() - 1;
  }

  private void reopen() {
    Open<L> now = open;
    if (now != null) {
      last = "reopen";
      open = null;
      now.store().close();
      background.await();
      if (!failed) {
        promise();
      }
      adopt(promised());
    }
  }

  private void adopt(Mark mark) {
    Open<L> again = open(disk);
    open = again;
    S found = script.show(again.log());
    recognise(mark, found);
    submit(found);
    promise();
    failed = false;
  }

  private synchronized void recognise(Mark mark, S found) {
    for (int i = mark.submitted - 1; i >= mark.durable; i--) {
      if (script.allows(states.get(i), found)) {
        return;
      }
    }
    throw new Violation(
        "D12",
        "found "
            + found
            + "; promised "
            + states.get(mark.durable)
            + " or a state up to "
            + states.get(mark.submitted - 1));
  }

  /// Crashes the disk and goes on with what is found.
  @Override
  public void crash(CrashState state) {
    Mark mark = promised();
    SimDisk found = ((SimDisk) disk).crash(state);
    close();
    disk = found;
    adopt(mark);
    background.await();
  }

  @Override
  public Object mark() {
    return promised();
  }

  private synchronized Mark promised() {
    return new Mark(durable, states.size());
  }

  @Override
  public Object weakened(Object early, Object late) {
    return new Mark(((Mark) early).durable, ((Mark) late).submitted);
  }

  @Override
  public void check(Object mark, Disk found, boolean powerLost, long probe) {
    Open<L> opened = open(found);
    S shown;
    try {
      background.await();
      shown = script.show(opened.log());
      recognise((Mark) mark, shown);
      if (probe % 3 == 0) {
        LibraryStep<L, S> step = script.next(new SplittableRandom(probe * 31 + 7), shown);
        step.run().accept(opened.log());
        shown = script.show(opened.log());
        if (!script.allows(step.after(), shown)) {
          throw new Violation(
              "D12",
              "after recovery " + step.name() + " leads to " + shown + ", not " + step.after());
        }
      }
    } finally {
      opened.store().close();
      background.await();
    }
    Open<L> again = open(found);
    try {
      S now = script.show(again.log());
      if (!script.allows(shown, now)) {
        throw new Violation("D5", "after another opening there is " + now + " instead of " + shown);
      }
    } finally {
      again.store().close();
      background.await();
    }
  }

  @Override
  public void finish() {
    Open<L> now = open;
    open = null;
    if (now == null) {
      return;
    }
    try {
      now.store().close();
      if (!failed && !tolerated.getAsBoolean()) {
        promise();
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
    Open<L> now = open;
    open = null;
    if (now != null) {
      close(now.store());
      background.await();
    }
  }

  private static void close(GroupedLog store) {
    try {
      store.close();
    } catch (StorageException e) {
      // Whatever state the disk is in, nothing is promised any more.
      assert e.getMessage() != null;
    }
  }
}
