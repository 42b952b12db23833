package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Params;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What engines were asked to do alike: cells of one task may be compared with one another, and
/// with no others. The durability is part of it.
public record Task(
    String workload,
    long keys,
    int valueBytes,
    String keyOrder,
    int threads,
    boolean virtual,
    String durability,
    int batch,
    long commitEvery) {

  /// The cells of one engine for one task, one for each repetition, those that are not `ok` too.
  ///
  /// @param engine the engine
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
    Params p = cell.params();
    return new Task(
        cell.workload(),
        p.keys(),
        p.valueBytes(),
        p.keyOrder(),
        p.threads(),
        p.virtual(),
        p.durability(),
        p.batch(),
        p.commitEvery());
  }

  /// All tasks of a run with their rows, in the order of their first cells.
  public static Map<Task, List<Row>> of(List<Cell> cells) {
    Map<Task, Map<String, Row>> byTask = new LinkedHashMap<>();
    for (Cell cell : cells) {
      byTask
          .computeIfAbsent(of(cell), _ -> new LinkedHashMap<>())
          .computeIfAbsent(
              cell.engine(), _ -> new Row(cell.engine(), cell.peer(), new ArrayList<>()))
          .cells()
          .add(cell);
    }
    Map<Task, List<Row>> tasks = new LinkedHashMap<>();
    byTask.forEach((task, rows) -> tasks.put(task, List.copyOf(rows.values())));
    return tasks;
  }

  /// Whether it writes.
  public boolean writes() {
    return workload.startsWith("fill") || workload.equals("overwrite") || workload.equals("ingest");
  }

  /// Whether another task asks for the same with another durability.
  boolean isLikeButForDurability(Task other) {
    Task same =
        new Task(
            workload,
            keys,
            valueBytes,
            keyOrder,
            threads,
            virtual,
            other.durability,
            batch,
            commitEvery);
    return same.equals(other) && !durability.equals(other.durability);
  }

  /// One line that says everything: `fillrandom, 200,000 keys, 100 B values, 1 thread, written`.
  public String title() {
    String title =
        workload
            + ", "
            + Notation.whole(keys)
            + " keys, "
            + Notation.whole(valueBytes)
            + " B values, "
            + threads
            + (virtual ? " virtual" : "")
            + (threads == 1 ? " thread, " : " threads, ")
            + durability;
    if (!keyOrder.equals("uniform") && !keyOrder.equals("sequential")) {
      title += ", " + keyOrder;
    }
    if (batch > 1) {
      title += ", batches of " + batch;
    }
    return commitEvery > 0 ? title + ", flushed every " + commitEvery : title;
  }
}
