package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// Runs layers on subjects, counts, and reports; behind `./plinth lab`.
public final class Laboratory {
  private static final Duration HANG_LIMIT = Duration.ofSeconds(60);
  private static final long REPORT_NANOS = 5_000_000_000L;
  private static final int HISTORY_OPERATIONS_BUDGETED = 300;

  private Laboratory() {}

  /// Runs what the options ask for, until every target is reached.
  ///
  /// @param out told of progress, counts and failures
  public static LabReport run(LabOptions options, PrintStream out) {
    List<String> names = options.subjects().isEmpty() ? LabSubjects.names() : options.subjects();
    LabState state = new LabState(options.stateFile());
    SortedMap<String, SortedMap<String, Long>> counts = new TreeMap<>();
    List<Tally.Failure> failures = new ArrayList<>();
    for (String name : names) {
      for (Subject subject : LabSubjects.of(name, options.engineOptions())) {
        Tally tally = run(subject, options, state, out);
        out.println("lab " + options.profile().label() + " " + subject + ": " + tally);
        print(tally.failures(), out);
        counts.put(subject.toString(), tally.counts());
        failures.addAll(tally.failures());
      }
    }
    out.println(
        failures.isEmpty()
            ? "lab: no violation within these bounds"
            : "lab: " + failures.size() + " violations");
    return new LabReport(counts, failures);
  }

  private static Tally run(Subject subject, LabOptions options, LabState state, PrintStream out) {
    String key = subject.toString();
    LabProfile profile = options.profile();
    Tally tally = state.tally(key);
    for (LayerRunner runner : runners(profile.historyOperations(), profile.killsPerRound())) {
      Layer layer = runner.layer();
      if (!options.layers().contains(layer) || !subject.layers().contains(layer)) {
        continue;
      }
      String progress = "rounds " + layer.label();
      BooleanSupplier done = () -> profile.isDone(layer, tally);
      BooleanSupplier ended = profile.endsRounds(layer) ? done : () -> false;
      Reporter reporter = new Reporter(out, subject + " " + layer.label(), tally);
      while (!done.getAsBoolean() && tally.failures().stream().noneMatch(f -> f.layer() == layer)) {
        long round = state.get(key, progress);
        watched(subject, runner, options.seed() + round, tally, reporter.wrap(ended));
        state.put(key, progress, round + 1);
        state.save(key, tally);
      }
    }
    return tally;
  }

  /// Prints counts every few seconds while a layer runs.
  private static final class Reporter {
    private final PrintStream out;
    private final String what;
    private final Tally tally;
    private long last = System.nanoTime();

    Reporter(PrintStream out, String what, Tally tally) {
      this.out = out;
      this.what = what;
      this.tally = tally;
    }

    BooleanSupplier wrap(BooleanSupplier ended) {
      return () -> {
        long now = System.nanoTime();
        if (now - last > REPORT_NANOS) {
          last = now;
          out.println("lab " + what + ": " + tally);
        }
        return ended.getAsBoolean();
      };
    }
  }

  private static List<LayerRunner> runners(int historyOperations, int kills) {
    return List.of(
        new CrashLayer(),
        new FaultLayer(),
        new HistoryLayer(historyOperations),
        new DamageLayer(),
        new KillLayer(kills));
  }

  private static void watched(
      Subject subject, LayerRunner runner, long seed, Tally tally, BooleanSupplier ended) {
    Pulse pulse = new Pulse(HANG_LIMIT);
    QuietExecutor background = new QuietExecutor();
    Round round = new Round(subject, background, pulse, tally, ended);
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
      long next = seed;
      int failed = tally.failures().size();
      do {
        watched(subject, runner, next++, tally, () -> System.nanoTime() > deadline);
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
      Round round = new Round(subject, background, pulse, new Tally(), () -> false);
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
