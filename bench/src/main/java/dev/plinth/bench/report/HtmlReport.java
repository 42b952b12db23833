package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.RawLimits;
import dev.plinth.bench.result.Run;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One self-contained page with everything that a run found: no script, no network, light and dark
/// by the reader's choice.
public final class HtmlReport {
  private static final double MISS = 0.25;

  private final Run run;
  private final Palette palette;
  private final Map<Task, List<Task.Row>> tasks;
  private final StringBuilder out = new StringBuilder();

  private HtmlReport(Run run) {
    this.run = run;
    this.palette = Palette.of(run);
    this.tasks = Task.of(run.cells());
  }

  /// The page.
  public static String of(Run run) {
    HtmlReport report = new HtmlReport(run);
    report.build();
    return report.out.toString();
  }

  private void build() {
    out.append(
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Plinth bench</title>
        <style>
        """);
    out.append(resource("report.css")).append("</style>\n</head>\n<body>\n<header>\n");
    out.append("<h1>Plinth bench</h1>\n<p>").append(Svg.escape(subtitle())).append("</p>\n");
    navigation();
    out.append("</header>\n<main>\n");
    summary();
    rum();
    tables();
    causes();
    pictures(
        "latency",
        "Latency",
        "The time of one operation: half of them took no longer than p50, 99 of 100 no longer than"
            + " p99. Each step up is ten times as long.",
        entry -> LatencyPicture.of(entry.getKey(), entry.getValue(), palette));
    pictures(
        "time",
        "Throughput over time",
        "A line that drops to the ground is a stall. Cells shorter than half a second have no"
            + " course to show.",
        entry -> TimePicture.of(entry.getKey(), entry.getValue(), palette));
    predictions();
    troubles();
    machine();
    markdown();
    out.append(resource("glossary.html"));
    out.append("</main>\n</body>\n</html>\n");
  }

  private String subtitle() {
    return run.started()
        + " on "
        + run.machine().cpu()
        + ", "
        + run.machine().cores()
        + " cores, "
        + run.machine().filesystem()
        + "; Plinth "
        + run.version()
        + " ("
        + run.commit().substring(0, Math.min(12, run.commit().length()))
        + "), seed "
        + run.seed();
  }

  private void navigation() {
    out.append("<nav aria-label=\"Sections\"><ul>\n");
    Map<String, String> sections = new LinkedHashMap<>();
    sections.put("summary", "Summary");
    sections.put("rum", "Write, read, space");
    sections.put("tables", "Tables");
    sections.put("causes", "Bytes by cause");
    sections.put("latency", "Latency");
    sections.put("time", "Over time");
    sections.put("models", "Models");
    sections.put("machine", "Machine");
    sections.put("terms", "Terms");
    sections.forEach(
        (id, title) -> out.append("<li><a href=\"#%s\">%s</a></li>\n".formatted(id, title)));
    out.append("</ul></nav>\n");
  }

  private void section(String id, String title, String introduction) {
    out.append("<section id=\"%s\">\n<h2>%s</h2>\n".formatted(id, title));
    if (!introduction.isEmpty()) {
      out.append("<p>").append(Svg.escape(introduction)).append("</p>\n");
    }
  }

  private void summary() {
    section("summary", "Summary", "");
    out.append("<ul>\n");
    Summary.of(run).forEach(line -> out.append("<li>").append(Svg.escape(line)).append("</li>\n"));
    out.append("</ul>\n</section>\n");
  }

  private void rum() {
    String picture = RumPicture.of(run.cells(), palette);
    section(
        "rum",
        "Write, read and space",
        "No store is best at all three. Further left writes less, further down reads faster, and a"
            + " smaller mark takes less space (the number behind the name).");
    out.append(picture.isEmpty() ? nothing() : figure(picture)).append("</section>\n");
  }

  private void tables() {
    section("tables", "Tables", "The best of a column is bold.");
    for (Map.Entry<Task, List<Task.Row>> entry : tasks.entrySet()) {
      List<Column> columns = Column.of(entry.getKey());
      String title = Svg.escape(entry.getKey().title());
      out.append(
          "<h3>%s</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table>\n<thead><tr><th>engine</th>"
              .formatted(title, title));
      columns.forEach(column -> out.append("<th>%s</th>".formatted(Svg.escape(column.label()))));
      out.append("</tr></thead>\n<tbody>\n");
      for (Task.Row row : entry.getValue()) {
        List<String> line = Tables.line(row, entry.getValue(), columns, "\1", "\2");
        out.append("<tr><th><i class=\"%s\"></i>".formatted(palette.style(row.engine())));
        out.append(
            line.stream()
                .map(text -> Svg.escape(text).replace("\1", "<b>").replace("\2", "</b>"))
                .collect(Collectors.joining("</td><td>"))
                .replaceFirst("</td>", "</th>"));
        out.append("</td></tr>\n");
      }
      out.append("</tbody></table></div>\n");
    }
    out.append("</section>\n");
  }

  private void causes() {
    section(
        "causes",
        "Bytes by cause",
        "What each engine handed to files, per byte of data that it was given, and why.");
    out.append(CausePicture.legend());
    boolean any = false;
    for (Map.Entry<Task, List<Task.Row>> entry : tasks.entrySet()) {
      if (entry.getKey().writes()) {
        any |= picture(entry.getKey(), CausePicture.of(entry.getKey(), entry.getValue()));
      }
    }
    out.append(any ? "" : nothing()).append("</section>\n");
  }

  private void pictures(
      String id,
      String title,
      String introduction,
      Function<Map.Entry<Task, List<Task.Row>>, String> draw) {
    section(id, title, introduction);
    out.append(palette.legend(palette.engines()));
    boolean any = false;
    for (Map.Entry<Task, List<Task.Row>> entry : tasks.entrySet()) {
      any |= picture(entry.getKey(), draw.apply(entry));
    }
    out.append(any ? "" : nothing()).append("</section>\n");
  }

  private boolean picture(Task task, String picture) {
    if (!picture.isEmpty()) {
      out.append("<h3>%s</h3>\n".formatted(Svg.escape(task.title()))).append(figure(picture));
    }
    return !picture.isEmpty();
  }

  private void predictions() {
    section(
        "models",
        "Measured against predicted",
        "What the engine's cost model expects on this run's own parameters. Beyond 25 % either the"
            + " model or the engine is wrong.");
    List<String> lines = new ArrayList<>();
    for (Cell cell : run.cells()) {
      if (cell.isOk() && cell.predicted() != null && cell.amplification() != null) {
        prediction(lines, cell, "write", cell.amplification().write(), cell.predicted().write());
        prediction(
            lines,
            cell,
            "blocks/op",
            cell.amplification().readBlocks(),
            cell.predicted().readBlocks());
        prediction(lines, cell, "space", cell.amplification().space(), cell.predicted().space());
      }
    }
    if (lines.isEmpty()) {
      out.append(nothing());
    } else {
      out.append(
          "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Measured against"
              + " predicted\"><table>\n"
              + "<thead><tr><th>engine</th><th>workload</th><th>figure</th><th>measured</th><th>predicted</th><th>measured"
              + " / predicted</th></tr></thead>\n"
              + "<tbody>\n");
      lines.forEach(out::append);
      out.append("</tbody></table></div>\n");
    }
    out.append("</section>\n");
  }

  private static void prediction(
      List<String> lines,
      Cell cell,
      String name,
      @Nullable Double measured,
      @Nullable Double predicted) {
    if (measured == null || predicted == null || predicted == 0) {
      return;
    }
    double ratio = measured / predicted;
    lines.add(
        "<tr><th>%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n"
            .formatted(
                Svg.escape(cell.contestant()),
                Svg.escape(cell.workload()),
                name,
                Notation.number(measured),
                Notation.number(predicted),
                Notation.number(ratio) + (Math.abs(ratio - 1) > MISS ? " (missed)" : "")));
  }

  private void troubles() {
    List<Cell> troubled =
        run.cells().stream().filter(cell -> !cell.isOk() || !note(cell).isEmpty()).toList();
    if (troubled.isEmpty()) {
      return;
    }
    section("troubles", "Failed, skipped, noted", "");
    out.append("<ul>\n");
    for (Cell cell : troubled) {
      String what = cell.isOk() ? "note" : cell.status();
      String why = cell.isOk() ? note(cell) : cell.reason();
      out.append(
          "<li><b>%s</b> %s %s: %s</li>\n"
              .formatted(
                  what,
                  Svg.escape(cell.contestant()),
                  Svg.escape(cell.workload()),
                  Svg.escape(why)));
    }
    out.append("</ul>\n</section>\n");
  }

  private static String note(Cell cell) {
    return cell.details() == null ? "" : cell.details().note();
  }

  private void machine() {
    section("machine", "Machine and settings", "");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", run.machine().cpu() + ", " + run.machine().cores() + " cores");
    facts.put("memory", Notation.bytes((double) run.machine().memoryBytes()));
    facts.put("system", run.machine().os() + ", " + run.machine().filesystem());
    facts.put("Java", run.machine().jdk());
    RawLimits limits = run.limits();
    if (limits != null) {
      facts.put(
          "raw sync of 4 KiB",
          "growing file %s (p99 %s), written before %s (p99 %s)"
              .formatted(
                  Notation.nanos(limits.syncGrowingMicrosP50() * 1000),
                  Notation.nanos(limits.syncGrowingMicrosP99() * 1000),
                  Notation.nanos(limits.syncPreallocatedMicrosP50() * 1000),
                  Notation.nanos(limits.syncPreallocatedMicrosP99() * 1000)));
      facts.put(
          "raw sequential write", Notation.bytes(limits.sequentialWriteBytesPerSecond()) + "/s");
      facts.put(
          "raw hash probe and copy of 128 B",
          Notation.count(limits.hashCopyOperationsPerSecond())
              + "/s over "
              + Notation.count((double) limits.hashCopyKeys())
              + " keys"
              + chained(limits));
      facts.put("reading the clock", Notation.nanos(limits.clockReadNanos()));
    }
    facts.putAll(run.settings());
    for (Cell cell : run.cells()) {
      facts.putIfAbsent(
          "options of " + cell.contestant(),
          cell.params().options().entrySet().stream()
              .map(Objects::toString)
              .collect(Collectors.joining(", ")));
    }
    out.append("<dl>\n");
    facts.forEach(
        (name, value) ->
            out.append("<dt>%s</dt><dd>%s</dd>\n".formatted(Svg.escape(name), Svg.escape(value))));
    out.append("</dl>\n</section>\n");
  }

  private static String chained(RawLimits limits) {
    Double each = limits.hashCopyChainedOperationsPerSecond();
    return each == null ? "" : "; " + Notation.count(each) + "/s when none overlaps the next";
  }

  private void markdown() {
    section("paste", "Tables to paste", "");
    out.append("<details><summary>Markdown</summary>\n<pre tabindex=\"0\">");
    out.append(Svg.escape(Tables.markdown(run))).append("</pre></details>\n</section>\n");
  }

  private static String figure(String picture) {
    return "<figure>" + picture + "</figure>\n";
  }

  private static String nothing() {
    return "<p class=\"none\">Not measured in this run.</p>\n";
  }

  private static String resource(String name) {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
