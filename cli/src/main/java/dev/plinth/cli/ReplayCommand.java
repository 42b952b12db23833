package dev.plinth.cli;

import dev.plinth.bench.plan.Setting;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth bench replay TRACE`.
@Command(
    name = "replay",
    description = {
      "Does what a recorded trace tells to any engines, and compares them.",
      "A trace comes from 'bench --record', or from an application that wraps its engine by"
          + " RecordingEngine. Keys that it reads before it writes them are loaded first."
    })
final class ReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "TRACE", description = "The trace.")
  private String trace;

  @Mixin private RunOptions options = new RunOptions();

  @Override
  public Integer call() throws InterruptedException {
    return options.run(
        spec.commandLine().getOut(),
        Map.of(Setting.WORKLOADS, "replay", Setting.TRACE, trace, Setting.THREADS, "1"));
  }
}
