package dev.plinth.bench.result;

import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What a cell tells beyond schema 1.
///
/// @param sampledEvery every how many operations one is timed
/// @param warmUpOperations operations before the measurement that are not counted
/// @param settleSeconds how long the engine needed to settle after the load
/// @param diskBytes bytes on disk, settled, counted in allocated blocks where the system tells
/// @param diskBytesMax the most that was seen
/// @param liveBytes bytes of live keys and values
/// @param ledgerDifference bytes passed to write calls minus the ledger's total, over the latter
/// @param deviceReadBytes bytes that the cell fetched from the device
/// @param stallNanos how long the engine says it held writers back
/// @param bucketMillis the width of a bucket of `throughput`
/// @param throughput operations per second, bucket by bucket
/// @param engineDetails further figures of the engine
/// @param kinds the times by kind of operation: `read`, `update`, `insert`, `scan`, `modify`; null
///   for workloads of one kind
/// @param serviceNanos at a fixed rate, the times without the wait for a thread that was late; else
///   null
/// @param beside what was done beside the counted operations; null for nothing
/// @param histogram the file with the raw histogram, beside `results.json`
/// @param note what a reader should know of this cell; empty mostly
public record Details(
    int sampledEvery,
    long warmUpOperations,
    double settleSeconds,
    @Nullable Long diskBytes,
    @Nullable Long diskBytesMax,
    @Nullable Long liveBytes,
    @Nullable Double ledgerDifference,
    @Nullable Long deviceReadBytes,
    @Nullable Long stallNanos,
    int bucketMillis,
    List<Double> throughput,
    SortedMap<String, Long> engineDetails,
    @Nullable SortedMap<String, Cell.Latency> kinds,
    Cell.@Nullable Latency serviceNanos,
    @Nullable Beside beside,
    String histogram,
    String note) {

  /// What was done beside the counted operations, such as the writes of `readwhilewriting`.
  ///
  /// @param operations how many operations
  /// @param opsPerSecond operations per second
  /// @param latencyNanos their times
  public record Beside(long operations, double opsPerSecond, Cell.Latency latencyNanos) {}
}
