package dev.plinth.conformance.lab;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One run of `./plinth lab`: rounds of every layer on every subject, some at a time, until the
/// targets are reached or the time is over.
final class LabRun {
  private final LabOptions options;
  private final PrintStream out;
  private final Function<String, List<Subject>> subjects;
  private final LabState state;
  private final long end;

  /// @param subjects finds those of a name, one for each option set
  LabRun(LabOptions options, Function<String, List<Subject>> subjects, PrintStream out) {
    this.options = options;
    this.subjects = subjects;
    this.out = out;
    this.state = new LabState(options.stateFile());
    Duration time = options.time();
    this.end = time == null ? Long.MAX_VALUE : System.nanoTime() + time.toNanos();
  }

  /// One layer on one subject.
  ///
  /// @param tally what was counted so far, by earlier runs and by rounds that have not ended
  /// @param sets how many option sets of the same engine are tried
  private record Part(Subject subject, LayerRunner runner, Tally tally, int sets) {
    String progress() {
      return "rounds " + runner.layer().label();
    }

    @Override
    public String toString() {
      return subject + " " + runner.layer().label();
    }
  }

  /// Runs everything that the options ask for.
  LabReport run() {
    List<String> names = options.subjects().isEmpty() ? LabSubjects.names() : options.subjects();
    SortedMap<String, SortedMap<String, Long>> counts = new TreeMap<>();
    List<Tally.Failure> failures = new ArrayList<>();
    List<List<Part>> all = new ArrayList<>();
    for (String name : names) {
      List<Subject> sets = subjects.apply(name);
      sets.forEach(subject -> all.add(parts(subject, sets.size())));
    }
    int left = all.stream().mapToInt(List::size).sum();
    for (List<Part> parts : all) {
      for (Part part : parts) {
        run(part, deadline(left--));
      }
      if (!parts.isEmpty()) {
        Part any = parts.getFirst();
        String profile = options.profile().label();
        out.println("lab " + profile + " " + any.subject() + ": " + any.tally());
        Laboratory.print(any.tally().failures(), out);
        counts.put(any.subject().toString(), any.tally().counts());
        failures.addAll(any.tally().failures());
      }
    }
    out.println(
        failures.isEmpty()
            ? "lab: no violation within these bounds"
            : "lab: " + failures.size() + " violations");
    return new LabReport(counts, failures);
  }

  private List<Part> parts(Subject subject, int sets) {
    Tally tally = state.tally(subject.toString());
    LabProfile profile = options.profile();
    List<Part> parts = new ArrayList<>();
    for (LayerRunner runner :
        Laboratory.runners(profile.historyOperations(), profile.killsPerRound())) {
      if (options.layers().contains(runner.layer()) && subject.layers().contains(runner.layer())) {
        parts.add(new Part(subject, runner, tally, sets));
      }
    }
    return parts;
  }

  /// What is left of the time is shared evenly by the parts to come.
  private long deadline(int left) {
    return end == Long.MAX_VALUE ? end : end - (end - System.nanoTime()) / left * (left - 1);
  }

  private void run(Part part, long deadline) {
    Layer layer = part.runner().layer();
    BooleanSupplier over = () -> deadline != Long.MAX_VALUE && System.nanoTime() - deadline > 0;
    BooleanSupplier done =
        () -> over.getAsBoolean() || options.profile().isDone(layer, part.tally(), part.sets());
    BooleanSupplier ended = options.profile().endsRounds(layer) ? done : over;
    BooleanSupplier reported = new Reporter(out, part.toString(), part.tally()).wrap(ended);
    int threads = layer == Layer.KILL ? 1 : options.threads();
    List<Thread> workers = new ArrayList<>();
    for (int i = 1; i < threads; i++) {
      workers.add(
          Thread.ofPlatform()
              .daemon()
              .name("laboratory-worker-" + i)
              .start(() -> work(part, done, reported)));
    }
    work(part, done, reported);
    workers.forEach(LabRun::join);
  }

  /// Waits for a thread, however often this one is interrupted meanwhile.
  static void join(Thread worker) {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Part part, BooleanSupplier done, BooleanSupplier ended) {
    String key = part.subject().toString();
    Layer layer = part.runner().layer();
    while (!done.getAsBoolean()
        && part.tally().failures().stream().noneMatch(f -> f.layer() == layer)) {
      long number = state.next(key, part.progress(), options.profile().roundsMax(layer));
      if (number < 0) {
        return;
      }
      Tally own = new Tally(part.tally());
      Laboratory.watched(part.subject(), part.runner(), options.seed(), number, own, ended);
      state.save(key, own, options.commit());
    }
  }

  /// Prints counts every few seconds while a layer runs.
  private static final class Reporter {
    private static final long REPORT_NANOS = 5_000_000_000L;

    private final PrintStream out;
    private final String what;
    private final Tally tally;
    private long last = System.nanoTime();
    private @Nullable String said;

    Reporter(PrintStream out, String what, Tally tally) {
      this.out = out;
      this.what = what;
      this.tally = tally;
    }

    BooleanSupplier wrap(BooleanSupplier ended) {
      return () -> {
        report();
        return ended.getAsBoolean();
      };
    }

    private synchronized void report() {
      long now = System.nanoTime();
      if (now - last > REPORT_NANOS) {
        last = now;
        String text = "lab " + what + ": " + tally;
        if (!text.equals(said)) {
          said = text;
          out.println(text);
        }
      }
    }
  }
}
