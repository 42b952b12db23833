package dev.plinth.bench.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One measurement: an engine, a workload, its parameters, and what came out. What was not measured
/// is null, never 0.
///
/// @param engine the engine's name
/// @param variant what tells it from other options of the same engine; empty for the only one
/// @param peer whether it is a foreign store that engines are compared with
/// @param workload the workload's name
/// @param status `ok`, `skipped` or `failed`
/// @param reason why it was skipped or failed; empty otherwise
/// @param params what it was asked to do
/// @param repeat which repetition, from 0
/// @param operations how many operations were made
/// @param seconds how long they took, from the first to the end of the last thread
/// @param opsPerSecond operations per second over all threads
/// @param longestStallNanos the longest time in which some thread finished nothing
/// @param digest the state's digest after the cell
/// @param details what goes beyond schema 1; null unless the status is `ok`
public record Cell(
    String engine,
    String variant,
    boolean peer,
    String workload,
    String status,
    String reason,
    Params params,
    int repeat,
    @Nullable Long operations,
    @Nullable Double seconds,
    @Nullable Double opsPerSecond,
    @Nullable Latency latencyNanos,
    @Nullable Long longestStallNanos,
    @Nullable Amplification amplification,
    @Nullable Predicted predicted,
    @Nullable Bytes bytes,
    @Nullable Memory memory,
    @Nullable String digest,
    @Nullable Details details) {

  public Cell {
    // Results from before variants do not have one.
    variant = Objects.requireNonNullElse(variant, "");
  }

  /// What stands between the name of an engine and that of its variant.
  public static final char VARIANT_MARK = '@';

  /// A cell that was measured.
  public static final String OK = "ok";

  /// A cell that this engine cannot run.
  public static final String SKIPPED = "skipped";

  /// A cell that should have worked.
  public static final String FAILED = "failed";

  /// A cell without a measurement.
  public static Cell without(
      String engine,
      String variant,
      boolean peer,
      String workload,
      String status,
      String reason,
      Params params,
      int repeat) {
    return new Cell(
        engine, variant, peer, workload, status, reason, params, repeat, null, null, null, null,
        null, null, null, null, null, null, null);
  }

  /// How people name the engine with its options.
  @JsonIgnore
  public String contestant() {
    return contestant(engine, variant);
  }

  /// How people name an engine with a variant of its options.
  public static String contestant(String engine, String variant) {
    return variant.isEmpty() ? engine : engine + VARIANT_MARK + variant;
  }

  /// Whether it was measured.
  @JsonIgnore
  public boolean isOk() {
    return status.equals(OK);
  }

  /// The same with another status, and its reason.
  public Cell with(String otherStatus, String otherReason) {
    return new Cell(
        engine,
        variant,
        peer,
        workload,
        otherStatus,
        otherReason,
        params,
        repeat,
        operations,
        seconds,
        opsPerSecond,
        latencyNanos,
        longestStallNanos,
        amplification,
        predicted,
        bytes,
        memory,
        digest,
        details);
  }

  /// Percentiles of the time that an operation took, in nanoseconds.
  public record Latency(long p50, long p90, long p99, long p999, long max) {}

  /// Amplification figures.
  ///
  /// @param write bytes handed to files by the engine's own ledger, per byte of key and value
  ///   accepted, settled
  /// @param writeOs bytes that the operating system counted as written, over the same denominator:
  ///   the only one to compare with peers
  /// @param writeWithoutLog as `write`, the log left out
  /// @param writeAtEndOfLoad as `write`, before the engine settled
  /// @param readBlocks blocks or pages touched per point read
  /// @param readBytes bytes read from files per byte returned
  /// @param space bytes on disk per live byte, settled
  /// @param spaceMax the most bytes on disk that were seen, per live byte at the end
  /// @param spaceAverage bytes on disk averaged over the time of the run, per live byte at the end;
  ///   null in short runs and in results from before there was this figure
  public record Amplification(
      @Nullable Double write,
      @Nullable Double writeOs,
      @Nullable Double writeWithoutLog,
      @Nullable Double writeAtEndOfLoad,
      @Nullable Double readBlocks,
      @Nullable Double readBytes,
      @Nullable Double space,
      @Nullable Double spaceMax,
      @Nullable Double spaceAverage) {}

  /// What the engine's cost model expects.
  public record Predicted(
      @Nullable Double write, @Nullable Double readBlocks, @Nullable Double space) {}

  /// Bytes by cause, settled, and what the operating system counted meanwhile.
  public record Bytes(
      @Nullable Long user,
      @Nullable Long log,
      @Nullable Long flush,
      @Nullable Long compaction,
      @Nullable Long index,
      @Nullable Long hint,
      @Nullable Long manifest,
      @Nullable Long preallocation,
      @Nullable Long other,
      @Nullable Long total,
      @Nullable Long osWchar,
      @Nullable Long osWriteBytes,
      @Nullable Long osCancelled) {}

  /// Memory.
  ///
  /// @param heapPeakBytes the sum of the peaks of the heap's pools
  /// @param offHeapBytes off-heap memory that the engine says it holds
  /// @param residentPeakBytes the most memory of the process that was resident
  /// @param anonymousPeakBytes the part of it that no file backs: what engines are compared by
  /// @param indexBytesPerKey bytes that index keys, per live key
  public record Memory(
      @Nullable Long heapPeakBytes,
      @Nullable Long offHeapBytes,
      @Nullable Long residentPeakBytes,
      @Nullable Long anonymousPeakBytes,
      @Nullable Double indexBytesPerKey) {}
}
