package dev.plinth.bench.result;

import java.util.SortedMap;

/// The repetitions of one contestant with one task, taken together.
///
/// @param engine the engine's name
/// @param variant what tells it from other options of the same engine; empty for the only one
/// @param peer whether it is a foreign store
/// @param workload the workload's name
/// @param params what it was asked to do, with the engine's options
/// @param measured how many repetitions were measured
/// @param failed how many failed or were skipped
/// @param figures what was measured, by name as in a cell: `ops_per_second`, `latency_nanos.p99`
public record Row(
    String engine,
    String variant,
    boolean peer,
    String workload,
    Params params,
    int measured,
    int failed,
    SortedMap<String, Figure> figures) {

  /// One figure over all repetitions.
  ///
  /// @param spread half of the distance between the largest and the smallest, over the median: 0
  ///   for one repetition
  public record Figure(double median, double min, double max, double spread) {}
}
