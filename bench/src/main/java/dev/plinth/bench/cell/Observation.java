package dev.plinth.bench.cell;

import dev.plinth.spi.EngineStats;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything that was seen during one cell, before it is turned into figures.
///
/// @param outcome operations and times
/// @param before the engine's counters before the measured pass
/// @param atEnd the same at its end
/// @param settled the same when nothing was left to do in the background
/// @param os what the operating system counted from before to settled
/// @param userBytes bytes of keys and values that were written in the pass
/// @param bytesReturned bytes of values that were read in the pass
/// @param diskBytes bytes on disk, settled
/// @param diskBytesMax the most that was seen
/// @param diskBytesAverage the average over the time of the measured pass; 0 when it was too short
/// @param heapPeakBytes the sum of the peaks of the heap's pools
/// @param residentPeakBytes the most resident memory
/// @param anonymousPeakBytes the most anonymous memory
/// @param settleNanos how long settling took
/// @param bucketMillis the width of a bucket of throughput
/// @param throughput operations per second by bucket
/// @param opens how long opening took, by what came before it; empty where that is not asked for
record Observation(
    Driver.Outcome outcome,
    EngineStats before,
    EngineStats atEnd,
    EngineStats settled,
    OsCounters os,
    long userBytes,
    long bytesReturned,
    long diskBytes,
    long diskBytesMax,
    long diskBytesAverage,
    long heapPeakBytes,
    @Nullable Long residentPeakBytes,
    @Nullable Long anonymousPeakBytes,
    long settleNanos,
    int bucketMillis,
    List<Double> throughput,
    Map<String, Long> opens) {}
