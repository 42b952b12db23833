package dev.plinth.cli;

import dev.plinth.bench.report.HtmlReport;
import dev.plinth.bench.report.Merge;
import dev.plinth.bench.report.Tables;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.bench.run.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth bench merge DIR...`.
@Command(name = "merge", description = "Joins the shards of one run into one report.")
final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", arity = "1..*", description = "The folders of the shards.")
  private List<Path> shards;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the joined results go.")
  private Path out;

  @Override
  public Integer call() {
    Run run = Merge.of(shards.stream().map(RunFiles::read).toList());
    RunFolder folder = RunFolder.open(out, false);
    JsonFile.write(folder.results(), run);
    try {
      Files.writeString(folder.report(), HtmlReport.of(run));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    spec.commandLine().getOut().print(Tables.text(run));
    spec.commandLine().getOut().println("results: " + folder.results());
    spec.commandLine().getOut().println("report:  " + folder.report());
    spec.commandLine().getOut().flush();
    return 0;
  }
}
