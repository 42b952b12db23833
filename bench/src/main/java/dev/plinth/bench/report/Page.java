package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Results as parts of a page in Markdown, each between two marks, so that a page can be made again
/// from its runs and nobody types figures.
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
          "<!-- made by: plinth bench table (\\S+)(?: --against (\\S+))? --into \\S+ -->\n(.*?)"
              + Pattern.quote(END),
          Pattern.DOTALL);

  private Page() {}

  /// What a part is made from.
  ///
  /// @param run the run as its user names it
  /// @param against the store that the others are compared with; empty for everything that is said
  ///   of a run
  public record Source(String run, String against) {
    private String command(String page) {
      return "plinth bench table "
          + run
          + (against.isEmpty() ? "" : " --against " + against)
          + " --into "
          + page;
    }

    private String mark(String page) {
      return "<!-- made by: " + command(page) + " -->";
    }
  }

  /// A part: where a run comes from, and either its ratios or all that is said of it.
  public static String of(Run run, Source source) {
    StringBuilder out = origin(run);
    if (source.against().isEmpty()) {
      Summary.of(run).forEach(line -> out.append("- ").append(line).append('\n'));
      out.append('\n').append(Tables.markdown(run));
    } else {
      out.append(Ratios.markdown(run, source.against()));
    }
    for (Cell cell : run.cells()) {
      if (!cell.isOk()) {
        out.append("- ").append(cell.contestant()).append(", ").append(cell.workload());
        out.append(": ").append(cell.status()).append(", ").append(cell.reason()).append('\n');
      }
    }
    return out.toString().stripTrailing() + "\n";
  }

  private static StringBuilder origin(Run run) {
    StringBuilder out = new StringBuilder();
    out.append("Begun at ").append(run.started());
    out.append(", commit ").append(run.commit());
    out.append(", seed ").append(run.seed()).append(". Machine: ");
    out.append(run.machine().cpu()).append(", ");
    out.append(run.machine().cores()).append(" cores, ");
    out.append(Notation.bytes((double) run.machine().memoryBytes())).append(" of memory, ");
    out.append(run.machine().os()).append(", ").append(run.machine().filesystem());
    return out.append(", ").append(run.machine().jdk()).append(".\n\n");
  }

  /// A page with one of its parts made anew: the one from the same source, else its only one.
  ///
  /// @param page the page as it is
  /// @param name of the page, for messages and the mark
  /// @throws StorageException.InvalidConfiguration when the page has no such marks
  public static String into(String page, String name, Source source, Run run) {
    List<MatchResult> parts = PART.matcher(page).results().toList();
    MatchResult part =
        parts.stream()
            .filter(one -> source(one).equals(source))
            .findFirst()
            .orElse(parts.size() == 1 ? parts.getFirst() : null);
    if (part == null) {
      throw new StorageException.InvalidConfiguration(
          name
              + " has no place for tables; put these two lines there: "
              + source.mark(name)
              + " and "
              + END);
    }
    return page.substring(0, part.start())
        + source.mark(name)
        + "\n"
        + of(run, source)
        + END
        + page.substring(part.end());
  }

  /// What the parts of a page say that they are made from; empty for a page that is not made.
  public static List<Source> sources(String page) {
    Matcher part = PART.matcher(page);
    return part.results().map(Page::source).toList();
  }

  private static Source source(MatchResult part) {
    return new Source(part.group(1), part.group(2) == null ? "" : part.group(2));
  }
}
