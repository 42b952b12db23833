package dev.plinth.bench.soak;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.cell.WrongAnswerException;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Runs a soak to its end, in as many runs as it takes: fills the store, finds out how many writes
/// a second it sustains, and goes on at a share of that in slices. Progress is kept after each; a
/// run that was killed goes on behind the last one.
public final class Soak {
  private static final long SEED = 1;

  /// What is left after the last slice by rounding.
  private static final double REST_SECONDS = 0.001;

  private final SoakPlan plan;
  private final PrintWriter out;
  private final SoakContent content;
  private SoakState state;

  private Soak(SoakPlan plan, PrintWriter out) {
    this.plan = plan;
    this.out = out;
    this.content = new SoakContent(plan.keys(), plan.valueBytes(), SEED);
    this.state = SoakState.of(plan);
  }

  /// Runs a soak, or the rest of one.
  ///
  /// @param out told of every slice and of the verdict
  /// @return what was exceeded, a sentence each; empty when all is well
  public static List<String> run(SoakPlan plan, PrintWriter out) {
    try {
      Files.createDirectories(plan.folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Soak(plan, out).run();
  }

  private List<String> run() {
    boolean goesOn = Files.exists(plan.store()) && Files.exists(plan.state());
    if (!goesOn) {
      StoreFiles.delete(plan.store());
    }
    StoreFiles.delete(plan.checkpoint());
    Map<String, String> configuration = new TreeMap<>(plan.options());
    configuration.put(Engines.ENGINE_KEY, plan.engine());
    try (Engine engine = Engines.open(plan.store(), configuration)) {
      if (goesOn) {
        goOn(engine);
      } else {
        fill(engine);
      }
      keep(state.closed(content.last(), null));
      if (state.rate() == 0) {
        calibrate(engine);
      }
      while (plan.seconds() - state.seconds() > REST_SECONDS) {
        double rest = Math.min(plan.sliceSeconds(), plan.seconds() - state.seconds());
        SoakSlice slice = new SliceRun(plan, engine, content, paced(), rest).run();
        keep(state.with(slice, content.last()));
        say(slice.line(state.seconds()));
      }
      engine.settle();
      engine.verify();
      keep(state.closed(content.last(), engine.digest().toString()));
    }
    return verdict();
  }

  private double paced() {
    return plan.rate() > 0 ? plan.rate() : plan.share() * state.rate();
  }

  private void fill(Engine engine) {
    for (int i = 0; i < plan.keys(); i++) {
      content.write(engine, i);
    }
    engine.settle();
    say(String.format(Locale.ROOT, "filled with %,d keys", plan.keys()));
  }

  private void goOn(Engine engine) {
    long entries = content.learn(engine, state.operations());
    String digest = engine.digest().toString();
    if (state.digest() != null && !digest.equals(state.digest())) {
      throw new WrongAnswerException(
          "the store was closed with the digest " + state.digest() + " and has " + digest);
    }
    say(
        String.format(
            Locale.ROOT, "goes on after %.0f s with %,d entries", state.seconds(), entries));
  }

  /// Writes as fast as it can, and waits until the work that it left behind is done: what it would
  /// come to for ever.
  private void calibrate(Engine engine) {
    long start = System.nanoTime();
    SoakSlice slice = new SliceRun(plan, engine, content, 0, plan.calibrationSeconds()).run();
    engine.settle();
    double seconds = (System.nanoTime() - start) / 1e9;
    keep(state.rated(slice.writes() / seconds).closed(content.last(), null));
    say(
        String.format(
            Locale.ROOT,
            "sustains %,.0f writes/s beside reads, scans and a checkpoint; goes on at %,.0f",
            state.rate(),
            paced()));
  }

  private void keep(SoakState next) {
    state = next;
    state.save(plan);
  }

  private List<String> verdict() {
    List<String> exceeded = new ArrayList<>();
    List<SoakSlice> slices = state.slices();
    for (int i = 1; i <= slices.size(); i++) {
      for (String one : plan.limits().exceeded(slices.subList(0, i))) {
        exceeded.add("slice " + i + ": " + one);
      }
    }
    double longest = slices.stream().mapToDouble(SoakSlice::writeMillisMax).max().orElse(0);
    double stall = slices.stream().mapToDouble(SoakSlice::stallMillis).max().orElse(0);
    exceeded.forEach(this::say);
    say(
        String.format(
            Locale.ROOT,
            "soak of %s: %.0f s, the longest write %.1f ms, %.1f ms beyond the probe beside it: %s",
            plan.engine(),
            state.seconds(),
            longest,
            stall,
            exceeded.isEmpty() ? "within all limits" : exceeded.size() + " limits exceeded"));
    return exceeded;
  }

  private void say(String line) {
    out.println(line);
    out.flush();
  }
}
