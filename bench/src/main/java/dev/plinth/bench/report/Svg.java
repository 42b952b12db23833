package dev.plinth.bench.report;

import java.util.Locale;

/// Puts together one picture. Colours come from the page's style sheet, so that they follow light
/// and dark.
final class Svg {
  private final StringBuilder text = new StringBuilder();

  /// @param title what a reader who cannot see it is told
  Svg(int width, int height, String title) {
    text.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">"
            .formatted(width, height, escape(title)));
  }

  Svg line(double x1, double y1, double x2, double y2, String style) {
    return add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>",
        x1, y1, x2, y2, style);
  }

  Svg text(double x, double y, String anchor, String style, String content) {
    return add(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>",
        x, y, anchor, style, escape(content));
  }

  Svg bar(double x, double y, double width, double height, String style, String tip) {
    return add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\""
            + " class=\"%s\"><title>%s</title></rect>",
        x, y, Math.max(0, width), height, style, escape(tip));
  }

  Svg dot(double x, double y, double radius, String style, String tip) {
    return add(
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\"><title>%s</title></circle>",
        x, y, radius, style, escape(tip));
  }

  Svg path(double[] xs, double[] ys, String style, String tip) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < xs.length; i++) {
      points.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", xs[i], ys[i]));
    }
    return add("<path d=\"%s\" class=\"%s\"><title>%s</title></path>", points, style, escape(tip));
  }

  String end() {
    return text + "</svg>\n";
  }

  /// Text that stands for itself in HTML.
  static String escape(String content) {
    return content
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation would need a library at run time.
  private Svg add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
    return this;
  }
}
