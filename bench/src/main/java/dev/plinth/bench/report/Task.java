package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Params;
import dev.plinth.bench.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What engines were asked to do alike: cells of one task may be compared with one another, and
/// with no others. The durability is part of it.
///
/// @param workload the workload's name
/// @param params the parameters, without those of one engine
public record Task(String workload, Params params) {

  /// The cells of one contestant for one task, one for each repetition, those that are not `ok`
  /// too.
  ///
  /// @param engine the engine, with its variant
  /// @param peer whether it is a foreign store
  /// @param cells its cells
  public record Row(String engine, boolean peer, List<Cell> cells) {
    /// The cells that were measured.
    public List<Cell> measured() {
      return cells.stream().filter(Cell::isOk).toList();
    }
  }

  /// The task of a cell.
  public static Task of(Cell cell) {
    return new Task(cell.workload(), cell.params().task());
  }

  /// All tasks of a run with their rows, in the order of their first cells.
  public static Map<Task, List<Row>> of(List<Cell> cells) {
    Map<Task, Map<String, Row>> byTask = new LinkedHashMap<>();
    for (Cell cell : cells) {
      byTask
          .computeIfAbsent(of(cell), _ -> new LinkedHashMap<>())
          .computeIfAbsent(
              cell.contestant(), _ -> new Row(cell.contestant(), cell.peer(), new ArrayList<>()))
          .cells()
          .add(cell);
    }
    Map<Task, List<Row>> tasks = new LinkedHashMap<>();
    byTask.forEach((task, rows) -> tasks.put(task, List.copyOf(rows.values())));
    return tasks;
  }

  /// See [Params].
  public long keys() {
    return params.keys();
  }

  /// See [Params].
  public int valueBytes() {
    return params.valueBytes();
  }

  /// See [Params].
  public int threads() {
    return params.threads();
  }

  /// See [Params].
  public String durability() {
    return params.durability();
  }

  /// Whether it writes: all do but those that are known to read only.
  public boolean writes() {
    return Arrays.stream(Workload.values())
        .filter(known -> known.label().equals(workload))
        .allMatch(Workload::writes);
  }

  /// Whether another task asks for the same with another durability.
  boolean isLikeButForDurability(Task other) {
    return !durability().equals(other.durability())
        && workload.equals(other.workload)
        && params.with(other.durability()).equals(other.params);
  }

  /// One line that says everything: `fillrandom, 200,000 keys, 100 B values, 1 thread, written`.
  public String title() {
    String title =
        workload
            + ", "
            + Notation.whole(keys())
            + " keys, "
            + Notation.whole(valueBytes())
            + " B values, "
            + threads()
            + (params.virtual() ? " virtual" : "")
            + (threads() == 1 ? " thread, " : " threads, ")
            + durability();
    if (!params.keyOrder().equals("uniform")
        && !params.keyOrder().equals("sequential")
        && !workload.startsWith("ycsb")) {
      title += ", " + params.keyOrder();
    }
    if (workload.equals("overwrite") && params.operations() > keys()) {
      title += ", each key " + Notation.number(params.operations() / (double) keys()) + " times";
    }
    if (!params.mix().isEmpty()) {
      title += ", " + params.mix().replace(",", " ");
    }
    if (params.batch() > 1) {
      title += ", batches of " + params.batch();
    }
    if (params.ratePerSecond() > 0) {
      title += ", at " + Notation.whole(params.ratePerSecond()) + " a second";
    }
    if (!params.phase().isEmpty()) {
      title += ", phase " + params.phase();
    }
    if (params.memoryLimitBytes() > 0) {
      title += ", memory " + Notation.bytes((double) params.memoryLimitBytes());
    }
    return params.commitEvery() > 0 ? title + ", flushed every " + params.commitEvery() : title;
  }
}
