package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The results as tables, one for each task: for a terminal and as Markdown. The best of a column
/// is marked by a star, or bold.
public final class Tables {
  private Tables() {}

  /// For a terminal.
  public static String text(Run run) {
    StringBuilder out = new StringBuilder();
    for (Map.Entry<Task, List<Task.Row>> entry : Task.of(run.cells()).entrySet()) {
      out.append(entry.getKey().title()).append('\n');
      List<Column> columns = Column.of(entry.getKey());
      List<List<String>> lines = new ArrayList<>();
      List<String> head = new ArrayList<>(List.of("engine"));
      columns.forEach(column -> head.add(column.label()));
      lines.add(head);
      for (Task.Row row : entry.getValue()) {
        lines.add(line(row, entry.getValue(), columns, "*", ""));
      }
      append(out, lines);
      troubles(out, entry.getValue());
      out.append('\n');
    }
    return out.toString();
  }

  /// As Markdown.
  public static String markdown(Run run) {
    StringBuilder out = new StringBuilder();
    for (Map.Entry<Task, List<Task.Row>> entry : Task.of(run.cells()).entrySet()) {
      List<Column> columns = Column.of(entry.getKey());
      out.append("**").append(entry.getKey().title()).append("**\n\n| engine |");
      columns.forEach(column -> out.append(' ').append(column.label()).append(" |"));
      out.append("\n|---|").append("--:|".repeat(columns.size())).append('\n');
      for (Task.Row row : entry.getValue()) {
        out.append("| ")
            .append(String.join(" | ", line(row, entry.getValue(), columns, "**", "**")))
            .append(" |\n");
      }
      out.append('\n');
    }
    return out.toString();
  }

  /// One row: the engine, then each column's figure, or why there is none.
  static List<String> line(
      Task.Row row, List<Task.Row> rows, List<Column> columns, String before, String after) {
    List<String> line = new ArrayList<>();
    line.add(Bounds.label(row.engine()));
    List<Cell> measured = row.measured();
    if (measured.isEmpty()) {
      line.add(row.cells().getFirst().status());
      columns.stream().skip(1).forEach(_ -> line.add(""));
      return line;
    }
    for (Column column : columns) {
      String text = column.text(measured);
      line.add(column.isBest(row, rows) ? before + text + after : text);
    }
    return line;
  }

  /// Lays lines out in columns, the first flush left, the others flush right.
  public static void append(StringBuilder out, List<List<String>> lines) {
    int columns = lines.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder("  ");
      for (int i = 0; i < columns; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        text.append(i == 0 ? line.get(i) + padding : "  " + padding + line.get(i));
      }
      out.append(text.toString().stripTrailing()).append('\n');
    }
  }

  private static void troubles(StringBuilder out, List<Task.Row> rows) {
    for (Task.Row row : rows) {
      for (Cell cell : row.cells()) {
        String note = cell.details() == null ? "" : cell.details().note();
        if (!cell.isOk()) {
          out.append("  ! %s %s: %s%n".formatted(row.engine(), cell.status(), cell.reason()));
        } else if (!note.isEmpty()) {
          out.append("  ! %s: %s%n".formatted(row.engine(), note));
        }
      }
    }
  }
}
