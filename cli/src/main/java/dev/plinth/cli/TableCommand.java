package dev.plinth.cli;

import dev.plinth.bench.report.Page;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `plinth bench table RUN`.
@Command(
    name = "table",
    description = "Prints a run as Markdown, or puts it into a page between two marks.")
final class TableCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RUN", description = "The folder or results.json.")
  private Path run;

  @Option(
      names = "--against",
      paramLabel = "STORE",
      description = "Only ratios: the other stores of the run beside this one.")
  private String against = "";

  @Option(
      names = "--into",
      paramLabel = "PAGE",
      description = "Make the part of this page anew that lies between its marks.")
  private @Nullable Path page;

  @Override
  public Integer call() {
    Run read = RunFiles.read(run);
    Page.Source source = new Page.Source(run.toString(), against);
    if (page == null) {
      spec.commandLine().getOut().print(Page.of(read, source));
      spec.commandLine().getOut().flush();
      return 0;
    }
    if (!Files.isRegularFile(page)) {
      throw new StorageException.InvalidConfiguration(
          "--into " + page + ": there is no such page; name one that exists");
    }
    try {
      String made = Page.into(Files.readString(page), page.toString(), source, read);
      Files.writeString(page, made);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return 0;
  }
}
