package dev.plinth.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `plinth bench`: measures engines and peers on one matrix of workloads, and explains the result.
@Command(
    name = "bench",
    description = {
      "Compares engines: what each of them writes, reads and occupies, and how fast.",
      "Without options: the quick matrix with every engine and peer that is there."
    },
    subcommands = {
      CompareCommand.class,
      MergeCommand.class,
      TableCommand.class,
      ReplayCommand.class,
      MicroCommand.class
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RunOptions options = new RunOptions();

  @Override
  public Integer call() throws InterruptedException {
    return options.run(spec.commandLine().getOut(), Map.of());
  }
}
