package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/// Refuses every call of a short script in every way, once and from then on, and afterwards looks
/// at the disk as the next process, and as the next machine, would find it (clauses D7 and D8).
///
/// A point is a fault, `KIND:INDEX:once` or `KIND:INDEX:lasting`.
final class FaultLayer implements LayerRunner {
  private static final long OPEN_AND_CLOSE = 2;
  private static final long CRASH_AFTER_RECOVERY = 1;
  private static final long WRITE_AFTER_RECOVERY = 0;

  @Override
  public Layer layer() {
    return Layer.FAULT;
  }

  @Override
  public void round(Round round, long seed) {
    Random random = new Random(seed);
    List<Deque<Fault>> kinds = new ArrayList<>();
    for (Fault.Kind kind : Fault.Kind.values()) {
      List<Fault> faults = new ArrayList<>();
      long calls = script(round, seed, Fault.none(kind), false);
      for (long index = 1; index <= calls; index++) {
        faults.add(new Fault(kind, index, false));
        faults.add(new Fault(kind, index, true));
      }
      Collections.shuffle(faults, random);
      kinds.add(new ArrayDeque<>(faults));
    }
    for (Fault fault : inTurn(kinds)) {
      if (round.ended().getAsBoolean()) {
        return;
      }
      try {
        script(round, seed, fault, true);
        round.tally().add("fault runs", 1);
      } catch (AssertionError e) {
        round.fail(Layer.FAULT, seed, fault.toString(), e);
        return;
      }
    }
    round.tally().add("fault scripts", 1);
  }

  /// One of each kind after the other, so that kinds with few calls, such as failed syncs, come as
  /// early in a round as those with thousands.
  private static List<Fault> inTurn(List<Deque<Fault>> kinds) {
    List<Fault> all = new ArrayList<>();
    while (!kinds.isEmpty()) {
      kinds.removeIf(Deque::isEmpty);
      kinds.forEach(kind -> all.add(kind.removeFirst()));
    }
    return all;
  }

  @Override
  public void replay(Round round, long seed, String point) {
    script(round, seed, Fault.parse(point), true);
  }

  /// Runs the script with a fault.
  ///
  /// @return how many calls the fault could have hit
  private static long script(Round round, long seed, Fault fault, boolean checked) {
    SimDisk disk = History.disk();
    FaultDisk faults = new FaultDisk(disk, fault);
    Subject.Run run =
        round
            .subject()
            .start(
                seed,
                Subject.ScriptSize.SHORT,
                faults,
                round.background(),
                () -> faults.failure() != null);
    String where = "fault seed " + seed + " point " + fault;
    try (run) {
      for (int step = 0; step < run.steps(); step++) {
        round.pulse().beat(where + " step " + step + ": " + run.describe(step));
        step(run, faults, step);
      }
      round.pulse().beat(where + ", closing");
      run.finish();
      if (checked) {
        round.pulse().beat(where + ", afterwards");
        afterwards(run, disk, fault, faults.failure());
      }
      return faults.calls();
    }
  }

  private static void step(Subject.Run run, FaultDisk faults, int step) {
    try {
      run.step(step);
    } catch (Violation e) {
      String when = faults.failure() == null ? "" : " after " + faults.failure();
      throw new Violation(
          e.clause(), "step " + step + " (" + run.describe(step) + ")" + when + ": " + e, e);
    }
  }

  private static void afterwards(
      Subject.Run run, SimDisk disk, Fault fault, @org.jspecify.annotations.Nullable String what) {
    Object mark = run.mark();
    SimDisk end = disk.image();
    String cause = " after " + what;
    long seed = fault.index() * 31 + fault.kind().name().length();
    found(run, mark, end, new CrashState.ProcessKilled(), false, CRASH_AFTER_RECOVERY, cause);
    found(run, mark, end, new CrashState.NothingUnsynced(), true, WRITE_AFTER_RECOVERY, cause);
    found(run, mark, end, new CrashState.AnySubset(seed), true, OPEN_AND_CLOSE, cause);
  }

  private static void found(
      Subject.Run run,
      Object mark,
      SimDisk end,
      CrashState state,
      boolean powerLost,
      long probe,
      String cause) {
    SimDisk found = end.crash(state);
    try {
      run.check(mark, found, powerLost, probe);
    } catch (StorageException e) {
      throw new Violation("D9", "state " + state + cause + ": does not open: " + e, e);
    } catch (Violation e) {
      throw new Violation(e.clause(), "state " + state + cause + ": " + e.getMessage(), e);
    }
  }
}
