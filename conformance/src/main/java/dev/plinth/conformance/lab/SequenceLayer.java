package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.ByteCause;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Every sequence of a few operations on two keys, up to some length (Mohan et al., "CrashMonkey",
/// OSDI 2018: most crash bugs need no more). The last operation of each is crashed at every step of
/// its disk; those before it are the last ones of shorter sequences.
///
/// A round is every sequence of a length that begins with the same operation. A point is the
/// sequence, one letter an operation, as [Subject#SEQUENCE_LETTERS] lists them.
final class SequenceLayer implements LayerRunner {
  /// How many were run; those of a length are counted under [#ofLength].
  static final String SEQUENCES = "sequences";

  private static final int OPEN_AND_CLOSE = 2;

  /// Of the hundreds of steps that write zeros ahead, page by page, a few are crashed.
  private static final String AHEAD = ByteCause.PREALLOCATION.toString();

  private static final int AHEAD_STRIDE = 64;

  @Override
  public Layer layer() {
    return Layer.SEQUENCE;
  }

  /// The name under which sequences of a length are counted.
  static String ofLength(int operations) {
    return "sequences of " + operations;
  }

  /// How many rounds all sequences up to a length are.
  static long rounds(int operations) {
    return (long) operations * Subject.SEQUENCE_LETTERS.length();
  }

  @Override
  public void round(Round round, long seed) {
    int letters = Subject.SEQUENCE_LETTERS.length();
    int length = Math.toIntExact(round.number() / letters) + 1;
    String first = letter((int) (round.number() % letters));
    run(round, first, length);
  }

  /// Runs every sequence that begins like this.
  ///
  /// @return whether to go on
  private static boolean run(Round round, String beginning, int length) {
    if (beginning.length() < length) {
      for (int i = 0; i < Subject.SEQUENCE_LETTERS.length(); i++) {
        if (!run(round, beginning + letter(i), length)) {
          return false;
        }
      }
      return true;
    }
    if (round.ended().getAsBoolean()) {
      return false;
    }
    try {
      run(round, beginning);
    } catch (AssertionError e) {
      round.fail(Layer.SEQUENCE, 1, beginning, e);
      return false;
    }
    round.tally().add(SEQUENCES, 1);
    round.tally().add(ofLength(length), 1);
    return true;
  }

  private static String letter(int index) {
    return Subject.SEQUENCE_LETTERS.substring(index, index + 1);
  }

  private static void run(Round round, String sequence) {
    List<CrashCheck.Moment> moments = new ArrayList<>();
    Subject.Run run = round.subject().start(sequence, History.disk(), round.background());
    CrashCheck check = new CrashCheck(round, run, "crash states of sequences");
    try (run) {
      for (int step = 0; step < run.steps(); step++) {
        int now = step;
        round.pulse().beat("sequence " + sequence + " step " + step + ": " + run.describe(step));
        SimDisk disk = (SimDisk) run.disk();
        if (step == sequence.length()) {
          CrashCheck.watch(disk, run, () -> now, moments::add);
        }
        runStep(run, step);
        disk.watch(null);
        crash(round, sequence, check, moments);
        moments.clear();
      }
      run.finish();
    }
  }

  private static void runStep(Subject.Run run, int step) {
    try {
      run.step(step);
    } catch (Violation e) {
      String text = "step " + step + " (" + run.describe(step) + "): " + e.getMessage();
      throw new Violation(e.clause(), text, e);
    }
  }

  private static void crash(
      Round round, String sequence, CrashCheck check, List<CrashCheck.Moment> moments) {
    SplittableRandom random = new SplittableRandom(sequence.hashCode());
    for (CrashCheck.Moment moment : moments) {
      if (moment.operation().endsWith(AHEAD) && moment.step() % AHEAD_STRIDE != 0) {
        continue;
      }
      List<CrashState> states =
          List.of(
              new CrashState.NothingUnsynced(),
              new CrashState.Everything(),
              new CrashState.OrderedPrefix(random.nextInt(1_000_000)),
              new CrashState.AnySubset(random.nextInt(1_000_000)));
      for (CrashState state : states) {
        CrashCheck.Case one = CrashCheck.Case.once(state, OPEN_AND_CLOSE);
        round.pulse().beat("sequence " + sequence + " point " + one.point(moment.step()));
        check.check(moment, one);
      }
    }
  }

  @Override
  public void replay(Round round, long seed, String point) {
    run(round, point);
  }
}
