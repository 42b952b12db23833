package dev.plinth.spec;

import dev.plinth.conformance.lab.SpecRunner;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs all there is about the specifications: `plinth lab --specs`.
public final class SpecLaboratory implements SpecRunner {
  private static final int PROCESSES_MAX = 4;
  private static final int MUTANTS_QUICK = 3;
  private static final int TRACES = 6;
  private static final int BEHAVIOURS = 8;
  private static final long SEED = 20_260_101;
  private static final List<Replay> REPLAYS = List.of(new WalFlushReplay(), new BitcaskReplay());
  private static final List<TraceSource> SOURCES =
      List.of(
          new WalFlushSource(),
          new LsmSource(),
          new BitcaskSource(),
          new BtreeSource(),
          new JungleSource(),
          new SnapshotSource(),
          new RaftSource());

  private final boolean full;

  /// With the full models.
  public SpecLaboratory() {
    this(true);
  }

  /// @param full whether the full models and all mutants are checked, or small models and three
  ///   mutants of each
  SpecLaboratory(boolean full) {
    this.full = full;
  }

  @Override
  public boolean run(PrintStream out) {
    int processes = Math.min(PROCESSES_MAX, Runtime.getRuntime().availableProcessors());
    try (SpecificationFiles files = new SpecificationFiles();
        ExecutorService workers = Executors.newFixedThreadPool(processes)) {
      List<Future<List<Finding>>> pending = new ArrayList<>();
      tasks(files).forEach(task -> pending.add(workers.submit(task)));
      List<Finding> findings = new ArrayList<>();
      for (Future<List<Finding>> one : pending) {
        List<Finding> results = result(one);
        findings.addAll(results);
        results.forEach(out::println);
      }
      out.println(Finding.count(findings, Finding.Kind.SPEC) + " specs");
      out.println(Finding.count(findings, Finding.Kind.MUTANT) + " mutants");
      out.println(Finding.count(findings, Finding.Kind.TRACE) + " traces");
      out.println(Finding.count(findings, Finding.Kind.REPLAY) + " replays");
      return findings.stream().allMatch(Finding::good);
    }
  }

  private List<Callable<List<Finding>>> tasks(SpecificationFiles files) {
    Tlc tlc = new Tlc();
    List<Callable<List<Finding>>> tasks = new ArrayList<>();
    for (Specification one : files.all()) {
      tasks.add(() -> List.of(model(tlc, one)));
    }
    for (Specification one : files.all()) {
      for (String mutant : full ? one.mutants() : one.mutants().subList(0, MUTANTS_QUICK)) {
        tasks.add(() -> List.of(mutant(tlc, one, mutant)));
      }
    }
    for (TraceSource source : SOURCES) {
      Specification specification = files.named(source.specification());
      tasks.add(() -> TraceCheck.run(tlc, specification, source, TRACES));
    }
    for (Replay replay : REPLAYS) {
      Specification specification = files.named(replay.specification());
      tasks.add(() -> Replay.check(tlc, specification, replay, BEHAVIOURS, SEED));
    }
    return tasks;
  }

  private Finding model(Tlc tlc, Specification one) {
    Verdict verdict = tlc.check(one.folder(), one.module(), one.model(full));
    return switch (verdict) {
      case Verdict.Held held ->
          new Finding(Finding.Kind.SPEC, one.name(), true, held.states() + " states, all good");
      case Verdict.Violated violated ->
          new Finding(Finding.Kind.SPEC, one.name(), false, violated + "\n" + violated.behaviour());
      case Verdict.Broken broken ->
          new Finding(Finding.Kind.SPEC, one.name(), false, broken.output());
    };
  }

  private Finding mutant(Tlc tlc, Specification one, String mutant) {
    String model = one.mutantModel(mutant);
    String expected = Mutants.rejectedBy(one.folder().resolve(model));
    String name = one.name() + " " + mutant;
    return switch (tlc.check(one.folder(), one.module(), model)) {
      case Verdict.Violated violated ->
          new Finding(
              Finding.Kind.MUTANT,
              name,
              violated.invariant().equals(expected),
              "rejected by "
                  + violated.invariant()
                  + (violated.invariant().equals(expected) ? "" : " instead of " + expected));
      case Verdict.Held held ->
          new Finding(
              Finding.Kind.MUTANT, name, false, "not rejected in " + held.states() + " states");
      case Verdict.Broken broken -> new Finding(Finding.Kind.MUTANT, name, false, broken.output());
    };
  }

  private static List<Finding> result(Future<List<Finding>> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a check of a specification failed", e.getCause());
    }
  }
}
