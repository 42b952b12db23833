package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;

/// A trace in numbers.
///
/// @param operations how many operations; a batch is one
/// @param entries how many entries were written, deletions too
/// @param reads how many point reads
/// @param hits how many of them found their key
/// @param scans how many times a cursor was put somewhere and showed something
/// @param scanned how many entries cursors showed
/// @param keys how many keys are touched
/// @param keyBytes bytes of a key, on average
/// @param valueBytes bytes of a value that was written, on average
/// @param valueBytesMax bytes of the largest value, read ones too
public record TraceSummary(
    long operations,
    long entries,
    long reads,
    long hits,
    long scans,
    long scanned,
    long keys,
    int keyBytes,
    int valueBytes,
    int valueBytesMax) {

  /// Adds up a trace.
  static final class Counts {
    private long operations;
    private long entries;
    private long reads;
    private long hits;
    private long scans;
    private long scanned;
    private long keyed;
    private long keyBytes;
    private long puts;
    private long valueBytes;
    private int valueBytesMax;

    /// @param heads whether it stands for itself, not within a batch
    void add(TraceReader reader, boolean heads) {
      operations += heads ? 1 : 0;
      Kind kind = reader.kind();
      if (kind == Kind.BATCH || kind == Kind.FLUSH) {
        return;
      }
      keyed++;
      keyBytes += reader.keyLength();
      switch (kind) {
        case PUT -> {
          entries++;
          puts++;
          valueBytes += reader.number();
          valueBytesMax = Math.max(valueBytesMax, reader.number());
        }
        case DELETE, DELETE_RANGE -> entries++;
        case READ_HIT -> {
          reads++;
          hits++;
          valueBytesMax = Math.max(valueBytesMax, reader.number());
        }
        case READ_MISS -> reads++;
        case SCAN -> {
          scans++;
          scanned += reader.number();
        }
        default -> throw new IllegalStateException("an operation without a key");
      }
    }

    TraceSummary summary(long keys) {
      return new TraceSummary(
          operations,
          entries,
          reads,
          hits,
          scans,
          scanned,
          keys,
          (int) (keyBytes / Math.max(1, keyed)),
          (int) (valueBytes / Math.max(1, puts)),
          valueBytesMax);
    }
  }
}
