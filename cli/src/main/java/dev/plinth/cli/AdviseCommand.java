package dev.plinth.cli;

import dev.plinth.bench.advise.Advice;
import dev.plinth.bench.advise.AdviceCheck;
import dev.plinth.bench.advise.AdviceText;
import dev.plinth.bench.advise.Advisor;
import dev.plinth.bench.advise.Ask;
import dev.plinth.bench.advise.Demand;
import dev.plinth.bench.advise.TraceDemand;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `plinth advise`: which engine, with which options, for a workload.
@Command(
    name = "advise",
    description = {
      "Says which engine to take for a workload, with which options, and why.",
      "It ranks engines by their own cost models and by what this machine and their calls cost"
          + " here, then tries the best three on a smaller store with as much less memory.",
      "Exit code 1 when no engine can keep what is asked for."
    })
final class AdviseCommand implements Callable<Integer> {
  private static final int REPEAT_MAX = 100;

  @Spec private CommandSpec spec;

  @Mixin private DemandOptions demand = new DemandOptions();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "Take the workload from a trace; --keys then says how many keys the whole store has.")
  private @Nullable Path trace;

  @Option(
      names = "--engines",
      paramLabel = "A,B",
      split = ",",
      description = "The engines to choose from; all by default.")
  private List<String> engines = List.of();

  @Option(names = "--no-trial", description = "Go by the models alone.")
  private boolean noTrial;

  @Option(
      names = "--trial-keys",
      paramLabel = "N",
      description = "How many keys a trial has; by default so many that cells take a few seconds.")
  private String trialKeys = "0";

  @Option(
      names = "--repeat",
      paramLabel = "N",
      description = "How often each cell of the trial is measured; 3 by default.")
  private int repeat = 3;

  @Option(
      names = "--check",
      description =
          "Try the advice itself: for each of ten described workloads, advise, then measure every"
              + " candidate at full size, and say how often the advised one won.")
  private boolean check;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the trial's results go; plinth-results/TIME by default.")
  private @Nullable Path target;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where stores are made while they are measured; within --out by default.")
  private @Nullable Path data;

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    engines.forEach(Engines::provider);
    if (repeat < 1 || repeat > REPEAT_MAX) {
      throw new StorageException.InvalidConfiguration(
          "--repeat = " + repeat + ": 1 to " + REPEAT_MAX + " is possible");
    }
    Demand asked =
        trace == null ? Ask.demand(demand.given()) : TraceDemand.of(trace, demand.given());
    if (check && (trace != null || !demand.given().isEmpty())) {
      throw new StorageException.InvalidConfiguration(
          "--check has workloads of its own; leave the description out");
    }
    Path folder = target != null ? target : RunOptions.folderOfNow();
    Path stores = data != null ? data : folder.resolve("stores");
    Advisor advisor = new Advisor(folder, stores, settings());
    PrintWriter out = spec.commandLine().getOut();
    if (check) {
      AdviceCheck.Outcome outcome = AdviceCheck.run(advisor, out);
      out.flush();
      return outcome.passed() ? 0 : 1;
    }
    Advice advice = advisor.advise(asked, "trial", trace);
    out.print(json ? JsonFile.text(advice) + System.lineSeparator() : AdviceText.of(advice));
    out.flush();
    return advice.engine() == null ? 1 : 0;
  }

  private Advisor.Settings settings() {
    BuildFacts facts = BuildFacts.ofThisJar();
    long keys = Quantities.whole("--trial-keys", trialKeys);
    if (keys < 0) {
      throw new StorageException.InvalidConfiguration(
          "--trial-keys = " + trialKeys + ": a number of keys is expected");
    }
    return new Advisor.Settings(
        engines,
        !noTrial,
        keys,
        repeat,
        facts.version(),
        facts.commit(),
        System.err,
        RunOptions.isTerminal());
  }
}
