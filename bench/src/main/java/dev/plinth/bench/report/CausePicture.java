package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Cell.Bytes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Bytes handed to files by cause, per byte of data, stacked; a foreign store has one bar, the
/// operating system's count.
final class CausePicture {
  private static final int WIDTH = 720;
  private static final int LEFT = 150;
  private static final int RIGHT = 70;
  private static final int ROW = 30;
  private static final int TOP = 10;
  private static final int BOTTOM = 46;

  private CausePicture() {}

  /// The picture of one writing task.
  static String of(Task task, List<Task.Row> rows) {
    List<Task.Row> shown = rows.stream().filter(row -> !row.measured().isEmpty()).toList();
    double max = shown.stream().mapToDouble(CausePicture::height).max().orElse(0);
    if (max == 0) {
      return "";
    }
    int bottom = TOP + shown.size() * ROW;
    Scale x = Scale.linear(max, LEFT, WIDTH - RIGHT);
    Svg svg = new Svg(WIDTH, bottom + BOTTOM, "bytes written by cause, " + task.title());
    Axes.horizontal(svg, x, bottom, TOP, Notation::number);
    svg.text((LEFT + WIDTH - RIGHT) / 2.0, bottom + 38, "middle", "axis", "bytes per byte of data");
    for (int i = 0; i < shown.size(); i++) {
      row(svg, shown.get(i), x, TOP + i * ROW + 5.0);
    }
    return svg.end();
  }

  /// The legend of the causes.
  static String legend() {
    StringBuilder text = new StringBuilder("<p class=\"legend\">");
    int colour = 0;
    for (String cause : causes(NOTHING).keySet()) {
      text.append("<span><i class=\"k%d\"></i>%s</span> ".formatted(colour++, cause));
    }
    return text + "<span><i class=\"os\"></i>operating system's count (peers)</span></p>\n";
  }

  private static final Bytes NOTHING =
      new Bytes(null, null, null, null, null, null, null, null, null, null, null, null, null);

  private static void row(Svg svg, Task.Row row, Scale x, double y) {
    Cell cell = row.measured().getFirst();
    svg.text(LEFT - 8, y + 15, "end", "label", row.engine());
    Bytes bytes = cell.bytes();
    double end = x.from();
    if (row.peer() || bytes == null || bytes.user() == null || bytes.total() == null) {
      double os = height(row);
      svg.bar(x.from(), y, x.at(os) - x.from(), 20, "os", "write_os " + Notation.number(os));
      end = x.at(os);
    } else {
      int colour = 0;
      double sum = 0;
      for (Map.Entry<String, Long> cause : causes(bytes).entrySet()) {
        double part = cause.getValue() / (double) bytes.user();
        if (part > 0) {
          String tip =
              cause.getKey()
                  + " "
                  + Notation.number(part)
                  + " ("
                  + Notation.bytes(cause.getValue())
                  + ")";
          svg.bar(x.at(sum), y, x.at(sum + part) - x.at(sum), 20, "k" + colour, tip);
        }
        sum += part;
        colour++;
      }
      end = x.at(sum);
    }
    svg.text(end + 6, y + 15, "start", "label", Notation.number(height(row)));
  }

  private static double height(Task.Row row) {
    Double own = Column.WRITE.median(row.measured());
    Double os = Column.WRITE_OS.median(row.measured());
    return own != null ? own : os != null ? os : 0;
  }

  private static Map<String, Long> causes(Bytes bytes) {
    Map<String, Long> causes = new LinkedHashMap<>();
    causes.put("log", zero(bytes.log()));
    causes.put("flush", zero(bytes.flush()));
    causes.put("compaction", zero(bytes.compaction()));
    causes.put("index", zero(bytes.index()));
    causes.put("hint", zero(bytes.hint()));
    causes.put("manifest", zero(bytes.manifest()));
    causes.put("preallocation", zero(bytes.preallocation()));
    causes.put("other", zero(bytes.other()));
    return causes;
  }

  private static long zero(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
