package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import java.util.List;

/// One colour for each engine, the same in every picture of a report.
record Palette(List<String> engines) {
  /// How many colours the style sheet has.
  static final int COLOURS = 8;

  static Palette of(Run run) {
    return new Palette(run.cells().stream().map(Cell::contestant).distinct().toList());
  }

  /// The class of an engine's colour.
  String style(String engine) {
    return "c" + Math.max(0, engines.indexOf(engine)) % COLOURS;
  }

  /// A legend of some engines.
  String legend(List<String> shown) {
    StringBuilder text = new StringBuilder("<p class=\"legend\">");
    for (String engine : shown) {
      text.append(
          "<span><i class=\"%s\"></i>%s</span> ".formatted(style(engine), Svg.escape(engine)));
    }
    return text.append("</p>\n").toString();
  }
}
