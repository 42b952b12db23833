package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Crashes a short script at every step of its disk, in every state, and a tenth of them once more
/// inside the recovery.
///
/// A point is `STEP:STATE:PROBE`, or `STEP:STATE:PROBE:STEP2:STATE2` for a second crash at a step
/// of the recovery.
final class CrashLayer implements LayerRunner {
  static final String STATES = "crash states";

  private static final int DOUBLE_EVERY = 10;
  private static final int OPEN_AND_CLOSE = 2;

  @Override
  public Layer layer() {
    return Layer.CRASH;
  }

  @Override
  public void round(Round round, long seed) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x5deece66dL);
    String[] point = {"0:a:0"};
    try {
      run(
          round,
          seed,
          (check, _, moment) -> {
            for (CrashCheck.Case one : cases(random)) {
              if (round.ended().getAsBoolean()) {
                return false;
              }
              point[0] = one.point(moment.step());
              round.pulse().beat("crash seed " + seed + " point " + point[0]);
              check.check(moment, one);
            }
            return true;
          });
      round.tally().add("crash scripts", 1);
    } catch (AssertionError e) {
      round.fail(Layer.CRASH, seed, point[0], e);
    }
  }

  private static List<CrashCheck.Case> cases(SplittableRandom random) {
    List<CrashState> states = new ArrayList<>();
    states.add(new CrashState.NothingUnsynced());
    states.add(new CrashState.Everything());
    states.add(new CrashState.OrderedPrefix(random.nextInt(1_000_000)));
    states.add(new CrashState.AnySubset(random.nextInt(1_000_000)));
    states.add(new CrashState.AnySubset(random.nextInt(1_000_000)));
    if (random.nextInt(3) == 0) {
      states.add(new CrashState.ProcessKilled());
    }
    List<CrashCheck.Case> cases = new ArrayList<>();
    for (CrashState state : states) {
      boolean twice = random.nextInt(DOUBLE_EVERY) == 0;
      cases.add(
          new CrashCheck.Case(
              state,
              twice ? OPEN_AND_CLOSE : random.nextInt(9),
              twice ? 1 + random.nextInt(20) : 0,
              HistoryGenerator.crashState(random)));
    }
    return cases;
  }

  /// Told of each moment; returns whether to go on.
  private interface Visitor {
    boolean moment(CrashCheck check, Subject.Run run, CrashCheck.Moment moment);
  }

  private static void run(Round round, long seed, Visitor visitor) {
    SimDisk disk = History.disk();
    List<CrashCheck.Moment> moments = new ArrayList<>();
    int[] now = {0};
    Subject.Run run =
        round
            .subject()
            .start(seed, Subject.ScriptSize.SHORT, disk, round.background(), () -> false);
    CrashCheck check = new CrashCheck(round, run, STATES);
    try (run) {
      CrashCheck.watch(disk, run, () -> now[0], moments::add);
      for (int step = 0; step <= run.steps(); step++) {
        now[0] = step;
        String what = step == run.steps() ? "close" : run.describe(step);
        round.pulse().beat("crash seed " + seed + " step " + step + ": " + what);
        if (step == run.steps()) {
          run.finish();
        } else {
          run.step(step);
        }
        for (CrashCheck.Moment moment : take(disk, moments)) {
          if (!visitor.moment(check, run, moment)) {
            return;
          }
        }
      }
    }
  }

  private static List<CrashCheck.Moment> take(SimDisk disk, List<CrashCheck.Moment> moments) {
    synchronized (disk) {
      List<CrashCheck.Moment> taken = List.copyOf(moments);
      moments.clear();
      return taken;
    }
  }

  /// Checks, and adds script and steps of the disk to a violation.
  private static void explained(
      CrashCheck check,
      Subject.Run run,
      CrashCheck.Moment moment,
      CrashCheck.Case one,
      List<String> done) {
    try {
      check.check(moment, one);
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
    CrashCheck.Case one = CrashCheck.Case.parse(parts);
    List<String> done = new ArrayList<>();
    run(
        round,
        seed,
        (check, run, moment) -> {
          done.add(moment.step() + " " + moment.operation());
          if (moment.step() == step) {
            explained(check, run, moment, one, done);
          }
          return moment.step() < step;
        });
  }
}
