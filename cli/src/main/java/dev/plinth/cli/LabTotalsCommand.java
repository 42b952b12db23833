package dev.plinth.cli;

import dev.plinth.conformance.lab.SoakTotals;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth lab totals STATE..`: what was checked so far.
@Command(
    name = "totals",
    description = {
      "Prints what state files of the laboratory count, a row for each engine or log store,",
      "as Markdown, or puts it into a page between its marks."
    })
final class LabTotalsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "STATE",
      description = "Files that --state has left; a run is counted by one of them only.")
  private List<Path> states = new ArrayList<>();

  @Option(
      names = "--into",
      paramLabel = "PAGE",
      description = "Make the part of this page anew that lies between its marks.")
  private @Nullable Path page;

  @Override
  public Integer call() {
    for (Path state : states) {
      requireFile(state, "a state file of the laboratory");
    }
    SoakTotals totals = new SoakTotals(states);
    if (page == null) {
      spec.commandLine().getOut().print(totals.markdown());
      spec.commandLine().getOut().flush();
      return 0;
    }
    requireFile(page, "the page of --into");
    try {
      Files.writeString(page, totals.into(Files.readString(page)));
    } catch (IllegalArgumentException e) {
      throw new StorageException.InvalidConfiguration("--into " + page + ": " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return 0;
  }

  private static void requireFile(Path file, String what) {
    if (!Files.isRegularFile(file)) {
      throw new StorageException.InvalidConfiguration(
          file + " is not there, but should be " + what + "; name a file that exists");
    }
  }
}
