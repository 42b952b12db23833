package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Crashes a short script at every step of its disk, in every state, and a tenth of them once more
/// inside the recovery.
///
/// A point is `STEP:STATE:PROBE`, or `STEP:STATE:PROBE:STEP2:STATE2` for a second crash at a step
/// of the recovery.
final class CrashLayer implements LayerRunner {
  private static final int DOUBLE_EVERY = 10;
  private static final int OPEN_AND_CLOSE = 2;

  @Override
  public Layer layer() {
    return Layer.CRASH;
  }

  /// The disk just before a step took effect.
  private record Moment(long step, String operation, SimDisk image, Object mark) {}

  /// What to find at a moment.
  private record Case(CrashState state, long probe, long secondStep, CrashState secondState) {
    boolean isDouble() {
      return secondStep > 0;
    }

    String point(long step) {
      String first = step + ":" + state + ":" + probe;
      return isDouble() ? first + ":" + secondStep + ":" + secondState : first;
    }

    static Case parse(String[] parts) {
      boolean twice = parts.length > 3;
      return new Case(
          CrashState.parse(parts[1]),
          Long.parseLong(parts[2]),
          twice ? Long.parseLong(parts[3]) : 0,
          CrashState.parse(twice ? parts[4] : "a"));
    }
  }

  @Override
  public void round(Round round, long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5deece66dL);
    String[] point = {"0:a:0"};
    try {
      run(
          round,
          seed,
          (run, moment) -> {
            for (Case one : cases(random)) {
              if (round.ended().getAsBoolean()) {
                return false;
              }
              point[0] = one.point(moment.step());
              round.pulse().beat("crash seed " + seed + " point " + point[0]);
              check(round, run, moment, one);
            }
            return true;
          });
      round.tally().add("crash scripts", 1);
    } catch (AssertionError e) {
      round.fail(Layer.CRASH, seed, point[0], e);
    }
  }

  private static List<Case> cases(SplittableRandom random) {
    List<CrashState> states = new ArrayList<>();
    states.add(new CrashState.NothingUnsynced());
    states.add(new CrashState.Everything());
    states.add(new CrashState.OrderedPrefix(random.nextInt(1_000_000)));
    states.add(new CrashState.AnySubset(random.nextInt(1_000_000)));
    states.add(new CrashState.AnySubset(random.nextInt(1_000_000)));
    if (random.nextInt(3) == 0) {
      states.add(new CrashState.ProcessKilled());
    }
    List<Case> cases = new ArrayList<>();
    for (CrashState state : states) {
      boolean twice = random.nextInt(DOUBLE_EVERY) == 0;
      cases.add(
          new Case(
              state,
              twice ? OPEN_AND_CLOSE : random.nextInt(9),
              twice ? 1 + random.nextInt(20) : 0,
              HistoryGenerator.crashState(random)));
    }
    return cases;
  }

  /// Told of each moment; returns whether to go on.
  private interface Visitor {
    boolean moment(Subject.Run run, Moment moment);
  }

  private static void run(Round round, long seed, Visitor visitor) {
    SimDisk disk = History.disk();
    List<Moment> moments = new ArrayList<>();
    Subject.Run run =
        round
            .subject()
            .start(seed, Subject.ScriptSize.SHORT, disk, round.background(), () -> false);
    try (run) {
      disk.watch(
          (seen, step, operation) -> {
            Object mark = run.mark();
            moments.add(new Moment(step, operation, seen.image(), mark));
          });
      for (int step = 0; step <= run.steps(); step++) {
        String what = step == run.steps() ? "close" : run.describe(step);
        round.pulse().beat("crash seed " + seed + " step " + step + ": " + what);
        if (step == run.steps()) {
          run.finish();
        } else {
          run.step(step);
        }
        for (Moment moment : take(disk, moments)) {
          if (!visitor.moment(run, moment)) {
            return;
          }
        }
      }
    }
  }

  private static List<Moment> take(SimDisk disk, List<Moment> moments) {
    synchronized (disk) {
      List<Moment> taken = List.copyOf(moments);
      moments.clear();
      return taken;
    }
  }

  private static boolean losesPower(CrashState state) {
    return !(state instanceof CrashState.ProcessKilled)
        && !(state instanceof CrashState.Everything);
  }

  private static void check(Round round, Subject.Run run, Moment moment, Case one) {
    String where = "step " + moment.step() + " (" + moment.operation() + ") state " + one.state();
    SimDisk found = moment.image().crash(one.state());
    List<SimDisk> recovery = new ArrayList<>();
    if (one.isDouble()) {
      found.watch(
          (seen, step, _) -> {
            if (step <= one.secondStep()) {
              recovery.clear();
              recovery.add(seen.image());
            }
          });
    }
    boolean powerLost = losesPower(one.state());
    open(run, moment.mark(), found, powerLost, one.probe(), where);
    round.tally().add("crash states", 1);
    if (!recovery.isEmpty()) {
      SimDisk second = recovery.getFirst().crash(one.secondState());
      String twice = where + ", then " + one.secondState() + " in recovery";
      boolean lost = powerLost || losesPower(one.secondState());
      open(run, moment.mark(), second, lost, one.probe(), twice);
      round.tally().add("crash states", 1);
      round.tally().add("double crashes", 1);
    }
  }

  private static void open(
      Subject.Run run, Object mark, SimDisk found, boolean powerLost, long probe, String where) {
    try {
      run.check(mark, found, powerLost, probe);
    } catch (StorageException e) {
      throw new Violation("D9", where + ": does not open: " + e, e);
    } catch (Violation e) {
      throw new Violation(e.clause(), where + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new Violation("SPI", where + ": threw " + e, e);
    }
    if (!found.violations().isEmpty()) {
      throw new Violation("SPI", where + ": " + found.violations().getFirst());
    }
  }

  /// Checks, and adds script and steps of the disk to a violation.
  private static void explained(
      Round round, Subject.Run run, Moment moment, Case one, List<String> done) {
    try {
      check(round, run, moment, one);
    } catch (Violation e) {
      StringBuilder text = new StringBuilder(e.getMessage()).append("\n  script:");
      for (int i = 0; i < run.steps(); i++) {
        text.append("\n    ").append(run.describe(i));
      }
      text.append("\n  steps of the disk:");
      done.forEach(line -> text.append("\n    ").append(line));
      throw new Violation(e.clause(), text.toString(), e);
    }
  }

  @Override
  public void replay(Round round, long seed, String point) {
    String[] parts = point.split(":", -1);
    long step = Long.parseLong(parts[0]);
    Case one = Case.parse(parts);
    List<String> done = new ArrayList<>();
    run(
        round,
        seed,
        (run, moment) -> {
          done.add(moment.step() + " " + moment.operation());
          if (moment.step() == step) {
            explained(round, run, moment, one, done);
          }
          return moment.step() < step;
        });
  }
}
