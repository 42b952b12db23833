package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Cell.Latency;
import java.util.List;
import java.util.stream.DoubleStream;

/// Percentiles of the time of an operation, one line for each engine.
final class LatencyPicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 260;
  private static final int LEFT = 70;
  private static final int RIGHT = 30;
  private static final int TOP = 14;
  private static final int BOTTOM = 36;
  private static final List<String> NAMES = List.of("p50", "p90", "p99", "p99.9", "max");

  private LatencyPicture() {}

  /// The picture of one task; empty when nothing was measured.
  static String of(Task task, List<Task.Row> rows, Palette palette) {
    List<Task.Row> shown = rows.stream().filter(row -> !row.measured().isEmpty()).toList();
    double[] all = shown.stream().flatMapToDouble(row -> DoubleStream.of(figures(row))).toArray();
    if (all.length == 0) {
      return "";
    }
    double min = DoubleStream.of(all).min().orElseThrow();
    double max = DoubleStream.of(all).max().orElseThrow();
    Scale y = Scale.logarithmic(Math.max(1, min), Math.max(1, max), HEIGHT - BOTTOM, TOP);
    Svg svg = new Svg(WIDTH, HEIGHT, "latency percentiles, " + task.title());
    Axes.vertical(svg, y, LEFT, WIDTH - RIGHT, Notation::nanos);
    double[] xs = new double[NAMES.size()];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = LEFT + 40 + i * (WIDTH - LEFT - RIGHT - 80.0) / (xs.length - 1);
      svg.text(xs[i], HEIGHT - BOTTOM + 20, "middle", "mark", NAMES.get(i));
    }
    for (Task.Row row : shown) {
      double[] figures = figures(row);
      double[] ys = DoubleStream.of(figures).map(y::at).toArray();
      svg.path(xs, ys, "line " + palette.style(row.engine()), row.engine());
      for (int i = 0; i < xs.length; i++) {
        String tip = row.engine() + " " + NAMES.get(i) + " " + Notation.nanos(figures[i]);
        svg.dot(xs[i], ys[i], 4, palette.style(row.engine()), tip);
      }
    }
    return svg.end();
  }

  private static double[] figures(Task.Row row) {
    Cell cell = row.measured().getFirst();
    Latency l = cell.latencyNanos();
    return l == null ? new double[0] : new double[] {l.p50(), l.p90(), l.p99(), l.p999(), l.max()};
  }
}
