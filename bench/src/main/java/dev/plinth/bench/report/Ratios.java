package dev.plinth.bench.report;

import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One store of a run beside the others, as a table of ratios: each figure is the median of the
/// other over that of the store, with the spread of both where there are repetitions.
final class Ratios {
  private static final List<Column> COLUMNS =
      List.of(
          Column.RATE,
          Column.P99,
          Column.WRITE_OS,
          Column.SPACE,
          Column.SPACE_MAX,
          Column.ANONYMOUS);
  private static final double NEGLIGIBLE_SPREAD = 0.005;

  private Ratios() {}

  /// As Markdown: a row for each task and contestant; the rate of both, then the ratios, then write
  /// amplification as measured over what the model says.
  ///
  /// @param store the contestant that the others are compared with
  /// @throws StorageException.InvalidConfiguration when the run has no cell of that store beside
  ///   one of another
  static String markdown(Run run, String store) {
    StringBuilder out = new StringBuilder("| task | engine | ops/s | ").append(store);
    out.append(" ops/s |");
    COLUMNS.forEach(column -> out.append(' ').append(column.label()).append(" ratio |"));
    out.append(" WA / model |\n|---|---|").append("--:|".repeat(COLUMNS.size() + 3)).append('\n');
    int rows = 0;
    for (Map.Entry<Task, List<Task.Row>> entry : Task.of(run.cells()).entrySet()) {
      Task.Row base = find(entry.getValue(), store);
      for (Task.Row row : entry.getValue()) {
        if (base != null && !row.engine().equals(store) && !row.measured().isEmpty()) {
          rows++;
          List<String> line = line(entry.getKey(), row, base);
          out.append("| ").append(String.join(" | ", line)).append(" |\n");
        }
      }
    }
    if (rows == 0) {
      throw new StorageException.InvalidConfiguration(
          "--against " + store + ": the run has no measured task of it and of another store");
    }
    return out.toString();
  }

  private static Task.@Nullable Row find(List<Task.Row> rows, String store) {
    return rows.stream()
        .filter(row -> row.engine().equals(store) && !row.measured().isEmpty())
        .findFirst()
        .orElse(null);
  }

  private static List<String> line(Task task, Task.Row row, Task.Row base) {
    List<String> line = new ArrayList<>();
    line.add(task.title());
    line.add(Bounds.label(row.engine()));
    line.add(Column.RATE.text(row.measured()));
    line.add(Column.RATE.text(base.measured()));
    for (Column column : COLUMNS) {
      line.add(ratio(column, row, base));
    }
    Double written = Column.WRITE.median(row.measured());
    Double predicted = Column.WRITE_PREDICTED.median(row.measured());
    line.add(
        written == null || predicted == null || predicted == 0
            ? "-"
            : Notation.number(written / predicted));
    return line;
  }

  private static String ratio(Column column, Task.Row row, Task.Row base) {
    Double mine = column.median(row.measured());
    Double theirs = column.median(base.measured());
    if (mine == null || theirs == null || theirs == 0) {
      return "-";
    }
    double spread = column.spread(row.measured()) + column.spread(base.measured());
    String text = Notation.number(mine / theirs);
    return spread < NEGLIGIBLE_SPREAD ? text : text + " ±" + Math.round(spread * 100) + "%";
  }
}
