package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What an engine pays for: writes from left to right, reads from bottom to top, space by the size
/// of the mark (Athanassoulis et al., "Designing access methods: the RUM conjecture", EDBT 2016).
/// One mark for each engine and set of sizes; lower left and small is good.
final class RumPicture {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 420;
  private static final int LEFT = 70;
  private static final int RIGHT = 40;
  private static final int TOP = 36;
  private static final int BOTTOM = 60;
  private static final double AREA = 110;

  private RumPicture() {}

  /// One mark.
  private record Mark(String engine, String label, double write, double read, double space) {}

  /// The picture; empty when no engine has all three figures.
  static String of(List<Cell> cells, Palette palette) {
    List<Mark> marks = marks(cells);
    if (marks.isEmpty()) {
      return "";
    }
    double writeMax = marks.stream().mapToDouble(Mark::write).max().orElseThrow();
    double readMin = marks.stream().mapToDouble(Mark::read).min().orElseThrow();
    double readMax = marks.stream().mapToDouble(Mark::read).max().orElseThrow();
    Scale x = Scale.linear(writeMax * 1.05, LEFT, WIDTH - RIGHT);
    Scale y = Scale.logarithmic(readMin, readMax, HEIGHT - BOTTOM, TOP);
    Svg svg = new Svg(WIDTH, HEIGHT, "write, read and space cost of each engine");
    Axes.horizontal(svg, x, HEIGHT - BOTTOM, TOP, Notation::number);
    Axes.vertical(svg, y, LEFT, WIDTH - RIGHT, Notation::nanos);
    svg.text(
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 14,
        "middle",
        "axis",
        "bytes written to the device per byte of data (write_os)");
    svg.text(LEFT - 52, TOP - 18, "start", "axis", "median time of a point read");
    List<Double> taken = new ArrayList<>();
    for (Mark mark : marks) {
      double radius = Math.sqrt(AREA * mark.space());
      String tip =
          "%s: write_os %s, read p50 %s, space %s"
              .formatted(
                  mark.label(),
                  Notation.number(mark.write()),
                  Notation.nanos(mark.read()),
                  Notation.number(mark.space()));
      svg.dot(x.at(mark.write()), y.at(mark.read()), radius, palette.style(mark.engine()), tip);
      double textY = Axes.free(taken, y.at(mark.read()) + 4, 15);
      boolean right = x.at(mark.write()) < (LEFT + WIDTH - RIGHT) / 2.0;
      svg.text(
          x.at(mark.write()) + (right ? radius + 5 : -radius - 5),
          textY,
          right ? "start" : "end",
          "label",
          mark.label() + " ×" + Notation.number(mark.space()));
    }
    return svg.end();
  }

  private static List<Mark> marks(List<Cell> cells) {
    List<Mark> marks = new ArrayList<>();
    Map<Task, List<Task.Row>> tasks = Task.of(cells);
    for (Map.Entry<Task, List<Task.Row>> entry : tasks.entrySet()) {
      Task reads = entry.getKey();
      if (!reads.workload().equals("readrandom")) {
        continue;
      }
      for (Task.Row row : entry.getValue()) {
        Double read = Column.P50.median(row.measured());
        Double space = Column.SPACE.median(row.measured());
        Double write = write(tasks, reads, row.engine());
        if (read != null && space != null && write != null) {
          String size =
              tasks.keySet().stream().filter(task -> task.workload().equals("readrandom")).count()
                      > 1
                  ? " " + reads.valueBytes() + " B, " + reads.threads() + "t"
                  : "";
          marks.add(new Mark(row.engine(), row.engine() + size, write, read, space));
        }
      }
    }
    return marks;
  }

  /// The figure of overwriting, or of loading where nothing was overwritten.
  private static @Nullable Double write(Map<Task, List<Task.Row>> tasks, Task like, String engine) {
    for (String workload : List.of("overwrite", "fillrandom")) {
      Predicate<Task> alike =
          task ->
              task.workload().equals(workload)
                  && task.keys() == like.keys()
                  && task.valueBytes() == like.valueBytes()
                  && task.durability().equals(like.durability());
      Double found =
          tasks.entrySet().stream()
              .filter(entry -> alike.test(entry.getKey()))
              .flatMap(entry -> entry.getValue().stream())
              .filter(row -> row.engine().equals(engine))
              .map(row -> Column.WRITE_OS.median(row.measured()))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
