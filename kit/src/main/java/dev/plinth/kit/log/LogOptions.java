package dev.plinth.kit.log;

import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;

/// How a log uses memory and disk.
///
/// @param segmentBytes how long a segment grows before the next one is begun, 4 KiB to 1 GiB; a
///   record that does not fit gets a longer segment of its own. Larger: fewer files and rolls;
///   smaller: space comes back sooner, since whole segments are dropped
/// @param bufferBytes the size of each of two buffers, 4 KiB to 256 MiB; a longer record gets a
///   buffer of its own for a moment. Larger: fewer and longer writes of buffered appends
/// @param recycledSegments how many dropped segments are kept for reuse, 0 to 64, so that a sync
///   need not make the file grow; 0 for logs that hardly grow
/// @param prefillBytes how many zeros are written ahead of small synced writes, up to 64 MiB, so
///   that most syncs find the file already as long as needed; 0 for logs of few syncs. They are
///   counted as [dev.plinth.spi.ByteCause#PREALLOCATION]
/// @param syncDelayNanos how long a sync waits for more writers to join it, up to 100 ms; 0 unless
///   syncs are very slow and writers many
/// @param recoveryThreads how many threads read and check segments ahead of the one that opens the
///   log and shows their records, 0 to 16, each with 3 MiB of memory; 0 for logs of a segment or
///   two
public record LogOptions(
    long segmentBytes,
    int bufferBytes,
    int recycledSegments,
    long prefillBytes,
    long syncDelayNanos,
    int recoveryThreads) {

  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;

  public LogOptions {
    within("segmentBytes", segmentBytes, 4 * KIB, 1024 * MIB);
    within("bufferBytes", bufferBytes, 4 * KIB, 256 * MIB);
    if (recycledSegments < 0 || recycledSegments > 64) {
      throw new StorageException.InvalidConfiguration(
          "recycledSegments = " + recycledSegments + ": a number from 0 to 64 is expected");
    }
    within("prefillBytes", prefillBytes, 0, 64 * MIB);
    if (syncDelayNanos < 0 || syncDelayNanos > 100_000_000) {
      throw new StorageException.InvalidConfiguration(
          "syncDelayNanos = " + syncDelayNanos + ": a number from 0 to 100000000 is expected");
    }
    if (recoveryThreads < 0 || recoveryThreads > 16) {
      throw new StorageException.InvalidConfiguration(
          "recoveryThreads = " + recoveryThreads + ": a number from 0 to 16 is expected");
    }
  }

  /// With nothing read ahead.
  public LogOptions(
      long segmentBytes,
      int bufferBytes,
      int recycledSegments,
      long prefillBytes,
      long syncDelayNanos) {
    this(segmentBytes, bufferBytes, recycledSegments, prefillBytes, syncDelayNanos, 0);
  }

  /// For a write-ahead log: segments of 64 MiB, buffers of 1 MiB, two recycled segments, zeros
  /// written 1 MiB ahead, no delay, nothing read ahead.
  public static LogOptions standard() {
    return new LogOptions(64 * MIB, (int) MIB, 2, MIB, 0, 0);
  }

  /// For small logs and tests: nothing recycled, nothing written ahead.
  public static LogOptions small(long segmentBytes, int bufferBytes) {
    return new LogOptions(segmentBytes, bufferBytes, 0, 0, 0, 0);
  }

  /// The same with another length of segments.
  public LogOptions withSegmentBytes(long bytes) {
    return new LogOptions(
        bytes, bufferBytes, recycledSegments, prefillBytes, syncDelayNanos, recoveryThreads);
  }

  /// The same with another size of buffers.
  public LogOptions withBufferBytes(int bytes) {
    return new LogOptions(
        segmentBytes, bytes, recycledSegments, prefillBytes, syncDelayNanos, recoveryThreads);
  }

  /// The same with another number of recycled segments.
  public LogOptions withRecycledSegments(int count) {
    return new LogOptions(
        segmentBytes, bufferBytes, count, prefillBytes, syncDelayNanos, recoveryThreads);
  }

  /// The same with another number of zeros written ahead.
  public LogOptions withPrefillBytes(long bytes) {
    return new LogOptions(
        segmentBytes, bufferBytes, recycledSegments, bytes, syncDelayNanos, recoveryThreads);
  }

  /// The same with another delay of syncs.
  public LogOptions withSyncDelayNanos(long nanos) {
    return new LogOptions(
        segmentBytes, bufferBytes, recycledSegments, prefillBytes, nanos, recoveryThreads);
  }

  /// The same with another number of threads that read ahead.
  public LogOptions withRecoveryThreads(int count) {
    return new LogOptions(
        segmentBytes, bufferBytes, recycledSegments, prefillBytes, syncDelayNanos, count);
  }

  private static void within(String name, long bytes, long min, long max) {
    if (bytes < min || bytes > max) {
      throw new StorageException.InvalidConfiguration(
          name
              + " = "
              + bytes
              + ": a size from "
              + Quantities.bytesText((double) min)
              + " to "
              + Quantities.bytesText((double) max)
              + " is expected");
    }
  }
}
