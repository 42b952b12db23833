package dev.plinth.bench.advise;

import dev.plinth.bench.machine.MachineProbe;
import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.plan.Plan;
import dev.plinth.bench.plan.Profile;
import dev.plinth.bench.report.Rows;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Machine;
import dev.plinth.bench.result.RawLimits;
import dev.plinth.bench.result.Row;
import dev.plinth.bench.result.Run;
import dev.plinth.bench.run.Campaign;
import dev.plinth.bench.run.DiskRoom;
import dev.plinth.bench.run.Fork;
import dev.plinth.bench.run.ProgressLine;
import dev.plinth.bench.run.RunFolder;
import dev.plinth.bench.trace.TraceState;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Gives advice: measures the machine and the calls of the engines, ranks candidates by the models,
/// tries the best three. Measures one thing at a time, on the thread that calls.
public final class Advisor {
  private static final long PROBE_KEYS_MAX = 2_000_000;
  private static final long PROBE_TIMEOUT_NANOS = 120_000_000_000L;
  private static final int CHECK_SCALE = 4;
  private static final long BOX_NANOS = 100_000_000;

  private final Path out;
  private final Path data;
  private final Settings settings;
  private final Map<String, EngineCosts> known = new HashMap<>();
  private final Map<Long, RawLimits> limits = new HashMap<>();

  /// How advice is found.
  ///
  /// @param engines the engines to choose from; empty for every one that is there
  /// @param trial whether the best are tried
  /// @param trialKeys how many keys a trial has; 0 for as many as make cells of a few seconds
  /// @param repeat how often each cell of a trial is measured
  /// @param version the version of Plinth
  /// @param commit the commit it was built from
  /// @param progress where to say how far it is
  /// @param terminal whether a person watches there
  public record Settings(
      List<String> engines,
      boolean trial,
      long trialKeys,
      int repeat,
      String version,
      String commit,
      PrintStream progress,
      boolean terminal) {}

  /// @param out where trials leave their results
  /// @param data where stores are made and removed
  public Advisor(Path out, Path data, Settings settings) {
    this.out = out;
    this.data = data.toAbsolutePath();
    this.settings = settings;
  }

  /// What is known before anything is tried.
  private record Ranking(Machine machine, RawLimits raw, List<Estimate> ranked) {}

  /// Advises for a workload.
  ///
  /// @param demand what is asked for: described by a user, or read from the trace
  /// @param name of the folder for results of the trial
  /// @param trace what to replay in the trial; null for a described workload
  public Advice advise(Demand demand, String name, @Nullable Path trace)
      throws InterruptedException {
    Ranking ranking = rank(demand);
    List<Estimate> best = Verdict.shortList(ranking.ranked());
    if (!settings.trial() || best.isEmpty()) {
      return advice(demand, ranking, null, List.of());
    }
    Trial.Size size = new Trial.Size(settings.trialKeys(), settings.repeat());
    Trial trial =
        trace == null
            ? Trial.of(demand, best, size)
            : Trial.of(demand, best, size, trace, TraceState.of(trace).summary().keys());
    return advice(demand, ranking, trial, tried(demand, best, trial, name));
  }

  /// Advice beside what measuring every engine at full size says.
  ///
  /// @param advised the engine that a trial at a quarter of the size advises
  /// @param byModels the one that the models alone put first
  /// @param winner the one that is fastest at full size and keeps every limit
  /// @param factor the time of the advised over that of the winner; infinite where the advised one
  ///   failed
  /// @param measured every engine with its time, in words
  record Checked(String advised, String byModels, String winner, double factor, String measured) {}

  /// Advises by a trial at a quarter of the size, then measures every engine, with its best options
  /// by the models, at full size.
  Checked check(Demand demand, String name) throws InterruptedException {
    Ranking ranking = rank(demand);
    List<Estimate> best = Verdict.shortList(ranking.ranked());
    Trial small =
        Trial.of(demand, best, new Trial.Size(demand.keys() / CHECK_SCALE, settings.repeat()));
    List<Tried> tried = tried(demand, best, small, name + "-trial");
    Advice advice = advice(demand, ranking, small, tried);
    List<Estimate> all = Verdict.bestOfEach(ranking.ranked());
    Trial full = Trial.of(demand, all, new Trial.Size(demand.keys(), settings.repeat()));
    List<Tried> measured = tried(demand, all, full, name + "-full");
    Tried winner = Tried.best(measured);
    double advised =
        measured.stream()
            .filter(one -> one.label().equals(advice.engine()) && one.fits())
            .mapToDouble(Tried::score)
            .findFirst()
            .orElse(Double.POSITIVE_INFINITY);
    return new Checked(
        String.valueOf(advice.engine()),
        best.isEmpty() ? "none" : best.getFirst().candidate().label(),
        winner == null ? "none" : winner.label(),
        winner == null ? Double.POSITIVE_INFINITY : advised / winner.score(),
        measured.stream()
            .map(one -> one.label() + " " + (one.fits() ? Words.nanos(one.score()) : "out"))
            .collect(Collectors.joining(", ")));
  }

  private Ranking rank(Demand demand) throws InterruptedException {
    RawLimits raw = limits(demand);
    Machine machine = MachineProbe.of(data, raw.syncGrowingMicrosP50());
    double memory =
        demand.memoryBytes() > 0 ? (double) demand.memoryBytes() : machine.memoryBytes() / 2.0;
    List<Candidate> candidates = Candidates.of(demand, settings.engines());
    return new Ranking(
        machine,
        raw,
        new Estimator(demand, raw, memory).ranking(candidates, costs(demand, candidates)));
  }

  /// Measures candidates as a trial does.
  ///
  /// @return the best first, those that were not measured or break a limit last
  private List<Tried> tried(Demand demand, List<Estimate> candidates, Trial trial, String name)
      throws InterruptedException {
    Matrix matrix = Matrix.of(Profile.QUICK, trial.settings(), trial.options());
    DiskRoom.require(matrix, data);
    Plan plan = Plan.of(matrix);
    RunFolder folder = RunFolder.open(out.resolve(name), false);
    ProgressLine line = new ProgressLine(settings.progress(), settings.terminal(), plan.cells());
    Run run =
        new Campaign(matrix, plan, folder, data, line, settings.version(), settings.commit())
            .knowing(limits(demand))
            .run();
    Map<String, Row> rows = new TreeMap<>();
    Rows.of(run.cells())
        .forEach(row -> rows.put(Cell.contestant(row.engine(), row.variant()), row));
    List<Tried> tried = new ArrayList<>();
    for (Estimate estimate : candidates) {
      String label = estimate.candidate().label();
      String trouble =
          run.cells().stream()
              .filter(cell -> cell.contestant().equals(label) && !cell.isOk())
              .map(Cell::reason)
              .findFirst()
              .orElse("no cell was made");
      tried.add(Tried.of(demand, estimate, trial, rows.get(label), trouble));
    }
    tried.sort(Comparator.comparing((Tried one) -> !one.fits()).thenComparingDouble(Tried::score));
    return tried;
  }

  private static Advice advice(
      Demand demand, Ranking ranking, @Nullable Trial trial, List<Tried> tried) {
    Verdict verdict = new Verdict(demand, ranking.ranked(), tried);
    Estimate pick = verdict.pick();
    return new Advice(
        demand.words(),
        demand,
        ranking.machine(),
        ranking.raw(),
        ranking.ranked().stream().map(Advice.Ranked::of).toList(),
        trial == null ? null : trial.words(),
        tried,
        pick == null ? null : pick.candidate().label(),
        pick == null ? new TreeMap<>() : pick.candidate().options(),
        verdict.reasons(),
        trial == null ? verdict.doubts() : verdict.doubts(trial));
  }

  /// The machine's limits, measured once for each size.
  private RawLimits limits(Demand demand) throws InterruptedException {
    long keys = Math.min(demand.keys(), PROBE_KEYS_MAX);
    RawLimits there = limits.get(keys);
    if (there != null) {
      return there;
    }
    RunFolder folder = RunFolder.open(out.resolve("limits-" + keys), true);
    create(data);
    RawLimits measured = new Fork(folder.path(), "64m", PROBE_TIMEOUT_NANOS).limits(data, keys);
    limits.put(keys, measured);
    return measured;
  }

  /// What calls cost, measured once for each kind and size of records.
  private Map<String, EngineCosts> costs(Demand demand, List<Candidate> candidates) {
    create(data);
    Map<String, EngineCosts> costs = new HashMap<>();
    List<Candidate> unknown = new ArrayList<>();
    for (Candidate candidate : candidates) {
      EngineCosts there = known.get(key(demand, candidate));
      if (there != null) {
        costs.put(candidate.calls(), there);
      } else if (candidate.label().equals(candidate.calls())) {
        unknown.add(candidate);
      }
    }
    Map<String, EngineCosts> measured = new CostProbe(demand, data, BOX_NANOS).measure(unknown);
    for (Candidate candidate : unknown) {
      EngineCosts cost = measured.get(candidate.calls());
      if (cost != null) {
        known.put(key(demand, candidate), cost);
      }
    }
    costs.putAll(measured);
    return costs;
  }

  private static String key(Demand demand, Candidate candidate) {
    return candidate.calls()
        + ' '
        + demand.keyBytes()
        + ' '
        + demand.valueBytes()
        + ' '
        + demand.durability()
        + ' '
        + (demand.scans() > 0);
  }

  private static void create(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
