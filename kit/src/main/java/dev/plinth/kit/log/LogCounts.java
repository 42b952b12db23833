package dev.plinth.kit.log;

/// Counts of a log; guarded by its lock.
final class LogCounts {
  private long records;
  private long writes;
  private long writtenBytes;
  private long syncs;
  private long syncNanos;
  private long bytesBeforeSync;

  void appended() {
    records++;
  }

  void written(long bytes) {
    writes++;
    writtenBytes += bytes;
  }

  /// Counts a sync.
  ///
  /// @return how many bytes were written since the last one
  long synced(long nanos) {
    syncs++;
    syncNanos += nanos;
    long bytes = writtenBytes - bytesBeforeSync;
    bytesBeforeSync = writtenBytes;
    return bytes;
  }

  /// How many bytes a sync covered on the average; `Long.MAX_VALUE` when there was none.
  long bytesPerSync() {
    return syncs == 0 ? Long.MAX_VALUE : writtenBytes / syncs;
  }

  LogStats stats(long prefilledBytes) {
    return new LogStats(records, writes, writtenBytes, syncs, syncNanos, prefilledBytes);
  }
}
