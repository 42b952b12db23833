package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Details;
import java.util.List;
import java.util.Objects;

/// Operations per second over time, so that stalls are seen.
final class TimePicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 240;
  private static final int LEFT = 70;
  private static final int RIGHT = 30;
  private static final int TOP = 14;
  private static final int BOTTOM = 46;
  private static final int BUCKETS_MIN = 3;

  private TimePicture() {}

  /// One line.
  private record Line(String engine, double bucketSeconds, List<Double> rates) {
    double seconds() {
      return bucketSeconds * rates.size();
    }
  }

  /// The picture of one task; empty when every cell was too short to have a course.
  static String of(Task task, List<Task.Row> rows, Palette palette) {
    List<Line> lines =
        rows.stream()
            .filter(row -> !row.measured().isEmpty())
            .map(row -> line(row.measured().getFirst()))
            .filter(Objects::nonNull)
            .filter(line -> line.rates().size() >= BUCKETS_MIN)
            .toList();
    if (lines.isEmpty()) {
      return "";
    }
    double seconds = lines.stream().mapToDouble(Line::seconds).max().orElseThrow();
    double rate =
        lines.stream()
            .flatMap(line -> line.rates().stream())
            .mapToDouble(Double::doubleValue)
            .max()
            .orElseThrow();
    Scale x = Scale.linear(seconds, LEFT, WIDTH - RIGHT);
    Scale y = Scale.linear(rate, HEIGHT - BOTTOM, TOP);
    Svg svg = new Svg(WIDTH, HEIGHT, "operations per second over time, " + task.title());
    Axes.horizontal(svg, x, HEIGHT - BOTTOM, TOP, Notation::number);
    Axes.vertical(svg, y, LEFT, WIDTH - RIGHT, Notation::count);
    svg.text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", "axis", "seconds");
    for (Line line : lines) {
      double[] xs = new double[line.rates().size()];
      double[] ys = new double[xs.length];
      for (int i = 0; i < xs.length; i++) {
        xs[i] = x.at((i + 0.5) * line.bucketSeconds());
        ys[i] = y.at(line.rates().get(i));
      }
      svg.path(xs, ys, "line " + palette.style(line.engine()), line.engine());
    }
    return svg.end();
  }

  private static @org.jspecify.annotations.Nullable Line line(Cell cell) {
    Details details = cell.details();
    return details == null
        ? null
        : new Line(cell.contestant(), details.bucketMillis() / 1000.0, details.throughput());
  }
}
