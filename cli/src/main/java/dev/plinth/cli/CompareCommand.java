package dev.plinth.cli;

import dev.plinth.bench.report.Comparison;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth bench compare A B`.
@Command(
    name = "compare",
    description = {
      "Puts two runs side by side: B / A for each cell that both have.",
      "Runs with different durability are refused."
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "The folder of the earlier run.")
  private Path first;

  @Parameters(index = "1", paramLabel = "B", description = "The folder of the later run.")
  private Path second;

  @Option(names = "--strict", description = "Exit with 1 when something became worse.")
  private boolean strict;

  @Override
  public Integer call() {
    Comparison comparison = Comparison.of(RunFiles.read(first), RunFiles.read(second));
    spec.commandLine().getOut().print(comparison.text());
    spec.commandLine().getOut().flush();
    return strict && comparison.regressions() > 0 ? 1 : 0;
  }
}
