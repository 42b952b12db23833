package dev.plinth.bench.report;

import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Two runs side by side, as ratios of the second's median to the first's, with the spread of both
/// taken together. Cells are compared only with cells that were asked to do the same.
public final class Comparison {
  private static final double NOISE = 0.1;
  private static final List<Column> COLUMNS =
      List.of(Column.RATE, Column.P99, Column.WRITE_OS, Column.SPACE, Column.ANONYMOUS);

  private final StringBuilder text = new StringBuilder();
  private int regressions;

  private Comparison() {}

  /// Compares.
  ///
  /// @throws StorageException.InvalidConfiguration when the runs have a workload with different
  ///   durability, or nothing in common
  public static Comparison of(Run first, Run second) {
    Map<Task, List<Task.Row>> before = Task.of(first.cells());
    Map<Task, List<Task.Row>> after = Task.of(second.cells());
    requireSameDurability(before, after);
    Comparison comparison = new Comparison();
    int common = 0;
    for (Map.Entry<Task, List<Task.Row>> entry : before.entrySet()) {
      List<Task.Row> later = after.get(entry.getKey());
      if (later != null) {
        common += comparison.add(entry.getKey(), entry.getValue(), later);
      }
    }
    if (common == 0) {
      throw new StorageException.InvalidConfiguration(
          "the runs have no cell in common: workload, keys, value size, order, threads, batch and"
              + " engine must be the same");
    }
    return comparison;
  }

  /// The comparison as text.
  public String text() {
    return text.toString();
  }

  /// How many cells became worse by more than their spread and a tenth.
  public int regressions() {
    return regressions;
  }

  private int add(Task task, List<Task.Row> before, List<Task.Row> after) {
    List<String> lines = new ArrayList<>();
    for (Task.Row row : before) {
      after.stream()
          .filter(other -> other.engine().equals(row.engine()))
          .filter(other -> !other.measured().isEmpty() && !row.measured().isEmpty())
          .findFirst()
          .ifPresent(other -> lines.add(line(row, other)));
    }
    if (!lines.isEmpty()) {
      text.append(task.title()).append('\n');
      lines.forEach(line -> text.append("  ").append(line).append('\n'));
      text.append('\n');
    }
    return lines.size();
  }

  private String line(Task.Row before, Task.Row after) {
    StringBuilder line = new StringBuilder(String.format("%-18s", before.engine()));
    boolean worse = false;
    for (Column column : COLUMNS) {
      Double old = column.median(before.measured());
      Double now = column.median(after.measured());
      if (old == null || now == null || old == 0) {
        continue;
      }
      double ratio = now / old;
      double spread = column.spread(before.measured()) + column.spread(after.measured());
      double noise = NOISE + spread;
      boolean bad = column == Column.RATE ? ratio < 1 - noise : ratio > 1 + noise;
      boolean good = column == Column.RATE ? ratio > 1 + noise : ratio < 1 - noise;
      boolean counts = column == Column.RATE || column == Column.WRITE_OS || column == Column.SPACE;
      worse |= bad && counts;
      line.append("  ").append(column.label()).append(" x").append(Notation.number(ratio));
      line.append(spread < 0.005 ? "" : " ±" + Math.round(spread * 100) + "%");
      line.append(bad && counts ? " WORSE" : good && counts ? " better" : "");
    }
    line.append(repetitions(before, after));
    regressions += worse ? 1 : 0;
    return line.toString();
  }

  private static String repetitions(Task.Row before, Task.Row after) {
    int first = before.measured().size();
    int second = after.measured().size();
    return first > 1 && second > 1
        ? ""
        : "  (" + first + " and " + second + " repetitions: no spread is known)";
  }

  private static void requireSameDurability(
      Map<Task, List<Task.Row>> before, Map<Task, List<Task.Row>> after) {
    for (Task task : before.keySet()) {
      List<Task> alike = after.keySet().stream().filter(task::isLikeButForDurability).toList();
      if (!alike.isEmpty() && !after.containsKey(task)) {
        throw new StorageException.InvalidConfiguration(
            "the runs have different durability for "
                + task.workload()
                + " ("
                + task.durability()
                + " and "
                + alike.getFirst().durability()
                + "), which cannot be compared; run one of them again");
      }
    }
  }
}
