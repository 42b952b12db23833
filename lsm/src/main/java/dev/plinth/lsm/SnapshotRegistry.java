package dev.plinth.lsm;

import java.util.TreeMap;

/// The sequence numbers that open snapshots show: what compactions must keep. Any thread may use
/// it.
final class SnapshotRegistry {
  private final TreeMap<Long, Integer> open = new TreeMap<>();

  /// Where the newest visible sequence number comes from.
  interface Visible {
    long sequence();
  }

  /// Notes a snapshot of the newest visible state; compactions that list snapshots later see it.
  synchronized long open(Visible visible) {
    long sequence = visible.sequence();
    open.merge(sequence, 1, Integer::sum);
    return sequence;
  }

  synchronized void close(long sequence) {
    open.computeIfPresent(sequence, (_, count) -> count == 1 ? null : count - 1);
  }

  /// The sequence numbers in ascending order, without duplicates.
  synchronized long[] list() {
    return open.keySet().stream().mapToLong(Long::longValue).toArray();
  }

  /// How many are open.
  synchronized int count() {
    return open.values().stream().mapToInt(Integer::intValue).sum();
  }
}
