package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The results as a part of a page in Markdown, between two marks, so that a page can be made again
/// from its run and nobody types figures.
///
/// ```
/// <!-- made by: plinth bench table RUN --into PAGE -->
/// what is made
/// <!-- end of what is made -->
/// ```
public final class Page {
  private static final String END = "<!-- end of what is made -->";
  private static final Pattern PART =
      Pattern.compile(
          "<!-- made by: plinth bench table (\\S+) --into \\S+ -->\n(.*?)" + Pattern.quote(END),
          Pattern.DOTALL);

  private Page() {}

  /// What is said of a run: machine, sentences, tables, and what was not measured.
  public static String of(Run run) {
    StringBuilder out = new StringBuilder();
    out.append("Begun at ").append(run.started());
    out.append(", commit ").append(run.commit());
    out.append(", seed ").append(run.seed()).append(". Machine: ");
    out.append(run.machine().cpu()).append(", ");
    out.append(run.machine().cores()).append(" cores, ");
    out.append(Notation.bytes((double) run.machine().memoryBytes())).append(" of memory, ");
    out.append(run.machine().os()).append(", ").append(run.machine().filesystem());
    out.append(", ").append(run.machine().jdk()).append(".\n\n");
    Summary.of(run).forEach(line -> out.append("- ").append(line).append('\n'));
    out.append('\n').append(Tables.markdown(run));
    for (Cell cell : run.cells()) {
      if (!cell.isOk()) {
        out.append("- ").append(cell.contestant()).append(", ").append(cell.workload());
        out.append(": ").append(cell.status()).append(", ").append(cell.reason()).append('\n');
      }
    }
    return out.toString().stripTrailing() + "\n";
  }

  /// A page with its part made anew.
  ///
  /// @param page the page as it is
  /// @param name of the page, for messages and the mark
  /// @param source the run as its user names it
  /// @throws StorageException.InvalidConfiguration when the page has no marks
  public static String into(String page, String name, String source, Run run) {
    Matcher part = PART.matcher(page);
    if (!part.find()) {
      throw new StorageException.InvalidConfiguration(
          name
              + " has no place for tables; put these two lines there: "
              + mark(source, name)
              + " and "
              + END);
    }
    return page.substring(0, part.start())
        + mark(source, name)
        + "\n"
        + of(run)
        + END
        + page.substring(part.end());
  }

  /// The run that a page says it is made from; empty for a page that is not made.
  public static String source(String page) {
    Matcher part = PART.matcher(page);
    return part.find() ? part.group(1) : "";
  }

  private static String mark(String source, String name) {
    return "<!-- made by: plinth bench table " + source + " --into " + name + " -->";
  }
}
