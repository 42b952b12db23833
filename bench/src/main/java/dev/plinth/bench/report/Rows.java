package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Takes repetitions together: median and spread of every figure.
public final class Rows {
  private Rows() {}

  /// One row for each contestant and task, in the order of their first cells.
  public static List<Row> of(List<Cell> cells) {
    List<Row> rows = new ArrayList<>();
    for (List<Task.Row> task : Task.of(cells).values()) {
      for (Task.Row row : task) {
        rows.add(row(row));
      }
    }
    return rows;
  }

  private static Row row(Task.Row row) {
    List<Cell> measured = row.measured();
    Cell first = row.cells().getFirst();
    SortedMap<String, Row.Figure> figures = new TreeMap<>();
    for (Column column : Column.values()) {
      Double median = column.median(measured);
      if (median != null) {
        double[] sorted = column.sorted(measured);
        figures.put(
            column.key(),
            new Row.Figure(median, sorted[0], sorted[sorted.length - 1], column.spread(measured)));
      }
    }
    return new Row(
        first.engine(),
        first.variant(),
        first.peer(),
        first.workload(),
        first.params(),
        measured.size(),
        row.cells().size() - measured.size(),
        figures);
  }
}
