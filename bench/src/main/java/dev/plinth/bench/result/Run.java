package dev.plinth.bench.result;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// One run of the bench: the content of a `results.json`.
///
/// @param schema the version of this form: 1
/// @param version the version of Plinth
/// @param commit the commit it was built from
/// @param started when it began, as ISO 8601
/// @param seed what keys and values were generated from
/// @param machine the machine that measured
/// @param limits its own limits; null where they were not measured
/// @param settings how it was measured: flags, sampling, passes, by name
/// @param cells the measurements, those that failed or were skipped too
/// @param rows the repetitions of each contestant and task taken together, with their spread; null
///   in a run that goes on
public record Run(
    int schema,
    String version,
    String commit,
    String started,
    long seed,
    Machine machine,
    @Nullable RawLimits limits,
    SortedMap<String, String> settings,
    List<Cell> cells,
    @Nullable List<Row> rows) {

  /// The version of the form of `results.json` that this code writes.
  public static final int SCHEMA = 1;

  /// The same with other cells, and without rows.
  public Run withCells(List<Cell> other) {
    return new Run(schema, version, commit, started, seed, machine, limits, settings, other, null);
  }

  /// The same with rows.
  public Run withRows(List<Row> other) {
    return new Run(schema, version, commit, started, seed, machine, limits, settings, cells, other);
  }
}
