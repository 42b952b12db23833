package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import java.io.PrintStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// Runs layers on subjects, counts, and reports; behind `./plinth lab`.
public final class Laboratory {
  private static final Duration HANG_LIMIT = Duration.ofSeconds(60);
  private static final int HISTORY_OPERATIONS_BUDGETED = 300;

  private Laboratory() {}

  /// Runs what the options ask for, until every target is reached.
  ///
  /// @param out told of progress, counts and failures
  public static LabReport run(LabOptions options, PrintStream out) {
    return new LabRun(options, name -> LabSubjects.of(name, options.engineOptions()), out).run();
  }

  /// One of each layer.
  static List<LayerRunner> runners(int historyOperations, int kills) {
    return List.of(
        new CrashLayer(),
        new FaultLayer(),
        new HistoryLayer(historyOperations),
        new DamageLayer(),
        new SequenceLayer(),
        new KillLayer(kills),
        new ConcurrentLayer());
  }

  /// Runs one round under a watch; whatever happens is in the tally.
  ///
  /// @param firstSeed the seed of round 0
  /// @param number the number of this round
  static void watched(
      Subject subject,
      LayerRunner runner,
      long firstSeed,
      long number,
      Tally tally,
      BooleanSupplier ended) {
    long seed = firstSeed + number;
    Pulse pulse = new Pulse(HANG_LIMIT);
    QuietExecutor background = new QuietExecutor();
    Round round = new Round(subject, background, pulse, tally, number, ended);
    try {
      pulse.watch(
          () -> {
            runner.round(round, seed);
            return true;
          });
    } catch (Violation e) {
      round.fail(runner.layer(), seed, "hang", e);
    } catch (RuntimeException | Error e) {
      round.fail(runner.layer(), seed, "error", new Violation("SPI", "threw " + e, e));
    } finally {
      background.close();
    }
  }

  /// Runs layers for a time: the quick tier of a build, from fixed seeds.
  ///
  /// @param shares how much of the time each layer gets
  /// @return counts and failures
  public static Tally budgeted(Subject subject, Map<Layer, Duration> shares, long seed) {
    Tally tally = new Tally();
    Map<Layer, Duration> budget = new EnumMap<>(shares);
    for (LayerRunner runner : runners(HISTORY_OPERATIONS_BUDGETED, 1)) {
      Duration share = budget.get(runner.layer());
      if (share == null || !subject.layers().contains(runner.layer())) {
        continue;
      }
      long deadline = System.nanoTime() + share.toNanos();
      long next = 0;
      int failed = tally.failures().size();
      do {
        watched(subject, runner, seed, next++, tally, () -> System.nanoTime() > deadline);
      } while (System.nanoTime() < deadline && tally.failures().size() == failed);
    }
    return tally;
  }

  /// Runs one case again.
  ///
  /// @param point as a failure printed it
  /// @return whether the violation is still there; it is printed
  public static boolean replay(
      Subject subject, Layer layer, long seed, String point, PrintStream out) {
    LayerRunner runner =
        runners(HISTORY_OPERATIONS_BUDGETED, 1).stream()
            .filter(r -> r.layer() == layer)
            .findFirst()
            .orElseThrow();
    Pulse pulse = new Pulse(HANG_LIMIT);
    try (QuietExecutor background = new QuietExecutor()) {
      Round round = new Round(subject, background, pulse, new Tally(), 0, () -> false);
      pulse.watch(
          () -> {
            runner.replay(round, seed, point);
            return true;
          });
      out.println("lab replay " + subject + ": no violation");
      return false;
    } catch (AssertionError e) {
      out.println("lab replay " + subject + ": " + e.getMessage());
      e.printStackTrace(out);
      return true;
    }
  }

  /// Prints failures with the commands that replay them.
  public static void print(List<Tally.Failure> failures, PrintStream out) {
    for (Tally.Failure failure : failures) {
      out.println("VIOLATION " + failure.detail());
      out.println("  replay: " + failure.command());
    }
  }
}
