package dev.plinth.conformance.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// The table of what the laboratory has checked so far, from state files: each row an engine or log
/// store, all its option sets together.
public final class SoakTotals {
  private static final String BEGIN = "<!-- soak totals: begin -->\n";
  private static final String END = "<!-- soak totals: end -->";
  private static final int COMMIT_LETTERS = 7;

  private final SortedMap<String, Row> rows = new TreeMap<>();

  /// Reads state files.
  ///
  /// @param stateFiles as `--state` left them; a run's counts must be in one of them only
  public SoakTotals(List<Path> stateFiles) {
    for (Path file : stateFiles) {
      LabState state = new LabState(file);
      state
          .counts()
          .forEach(
              (subject, counts) -> {
                Row row = row(subject);
                row.sets.add(subject);
                counts.forEach(row.tally::add);
              });
      state.commits().forEach((subject, commits) -> row(subject).commits.addAll(commits.keySet()));
    }
  }

  /// An engine or log store.
  private static final class Row {
    private final TreeSet<String> sets = new TreeSet<>();
    private final TreeSet<String> commits = new TreeSet<>();
    private final Tally tally = new Tally();
  }

  /// The options follow the name.
  private Row row(String subject) {
    int space = subject.indexOf(' ');
    String name = space < 0 ? subject : subject.substring(0, space);
    return rows.computeIfAbsent(name, _ -> new Row());
  }

  /// The table as Markdown.
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append(
            "| subject | option sets | commits | crash states (twice) | found before, not opened")
        .append(" again | I/O-fault runs | histories (operations) | sequences | damages | kills")
        .append(" (acknowledgements) | concurrent histories (calls) | violations |\n");
    text.append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    rows.forEach((name, row) -> append(text, name, row));
    return text.toString();
  }

  private static void append(StringBuilder text, String name, Row row) {
    Tally tally = row.tally;
    List<String> cells = new ArrayList<>();
    cells.add(name);
    cells.add(String.valueOf(row.sets.size()));
    cells.add(String.join(", ", row.commits.stream().map(SoakTotals::abridged).toList()));
    cells.add(pair(tally, CrashLayer.STATES, "double crashes"));
    cells.add(count(tally, CrashLayer.STATES + " found before"));
    cells.add(count(tally, "fault runs"));
    cells.add(pair(tally, "histories", "history operations"));
    cells.add(count(tally, SequenceLayer.SEQUENCES));
    cells.add(number(tally.count("damages reported") + tally.count("damages harmless")));
    cells.add(pair(tally, "kills", "acknowledgements checked"));
    cells.add(pair(tally, ConcurrentLayer.HISTORIES, ConcurrentLayer.CALLS));
    cells.add(count(tally, "violations"));
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String abridged(String commit) {
    int hyphen = commit.indexOf('-');
    String suffix = hyphen < 0 ? "" : commit.substring(hyphen);
    String hash = hyphen < 0 ? commit : commit.substring(0, hyphen);
    return hash.substring(0, Math.min(COMMIT_LETTERS, hash.length())) + suffix;
  }

  private static String pair(Tally tally, String what, String within) {
    long count = tally.count(what);
    return count == 0 ? "-" : number(count) + " (" + number(tally.count(within)) + ")";
  }

  private static String count(Tally tally, String what) {
    return number(tally.count(what));
  }

  private static String number(long number) {
    return String.format(java.util.Locale.ROOT, "%,d", number);
  }

  /// A page with the table between its marks.
  ///
  /// @param page the text of the page
  /// @throws IllegalArgumentException for a page without the marks
  public String into(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the page lacks the lines '" + BEGIN.strip() + "' and '" + END + "'");
    }
    return page.substring(0, begin + BEGIN.length()) + markdown() + page.substring(end);
  }
}
