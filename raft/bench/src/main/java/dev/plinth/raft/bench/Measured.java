package dev.plinth.raft.bench;

import dev.plinth.spi.ByteLedger;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What came out of a cell.
final class Measured {
  private static final long LATENCY_MAX_NANOS = 3_600_000_000_000L;

  /// How long a batch took to be durable, or to be applied.
  final Histogram latency = new Histogram(LATENCY_MAX_NANOS, 3);

  /// Figures beyond the schema, by name.
  final SortedMap<String, Long> details = new TreeMap<>();

  /// Entries in the timed phase.
  long operations;

  /// How long the timed phase took.
  long nanos;

  /// Bytes of payloads, or of keys and values, in the timed phase.
  long userBytes;

  /// The store's own bytes in the timed phase; null where it does not count.
  @Nullable ByteLedger ledger;

  /// What the system counted in the timed phase.
  ProcessIo io = ProcessIo.NONE;

  /// Bytes on disk at its end, and of what is live.
  long diskBytes;

  /// The most bytes on disk that were seen in the timed phase; 0 when nobody looked.
  long diskBytesMax;

  /// Bytes of live payloads, or of live keys and values, at its end.
  long liveBytes;

  /// The digest of the content; null where there is none.
  @Nullable String digest;

  void time(long batchNanos) {
    latency.recordValue(Math.min(LATENCY_MAX_NANOS, batchNanos));
  }

  void perSecond(String name, long count, long tookNanos) {
    details.put(name, Math.round(count * 1e9 / Math.max(1, tookNanos)));
  }

  /// @param name ends in `.micros`
  void micros(String name, long tookNanos) {
    details.put(name, tookNanos / 1000);
  }
}
