package dev.plinth.raft.testkit;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Violation;
import java.util.SplittableRandom;

/// A script that can lose power between two steps and go on with what is found.
interface CrashingRun extends Subject.Run {
  /// After how many steps it crashes, on the average.
  int CRASH_EVERY = 30;

  /// Loses power, opens what is left, and compares.
  void crash(CrashState state);

  /// Runs all steps, with crashes, and closes.
  ///
  /// @param seed decides where it crashes, and what is left then
  /// @return how many steps
  /// @throws Violation when something was not allowed; it names the step
  static int play(CrashingRun run, long seed, int operations) {
    SplittableRandom random = new SplittableRandom(seed);
    try (run) {
      run.step(0);
      for (int step = 1; step <= operations; step++) {
        try {
          run.step(step);
          if (random.nextInt(CRASH_EVERY) == 0) {
            run.crash(HistoryGenerator.crashState(random));
          }
        } catch (Violation e) {
          throw new Violation(
              e.clause(), "step " + step + " (" + run.describe(step) + "): " + e.getMessage(), e);
        }
      }
      run.finish();
    }
    return operations;
  }
}
