package dev.plinth.raft.store;

import java.util.Arrays;

/// What was appended to a group and is not known to be durable: for each change the engine's
/// sequence number and the last index after it. A ring of longs, guarded by the group's lock.
final class PendingDurable {
  private long[] sequences = new long[16];
  private long[] indexes = new long[16];
  private int head;
  private int count;
  private long durable;

  PendingDurable(long durable) {
    this.durable = durable;
  }

  void add(long sequence, long index) {
    if (count == sequences.length) {
      sequences = grown(sequences);
      indexes = grown(indexes);
      head = 0;
    }
    int at = (head + count++) % sequences.length;
    sequences[at] = sequence;
    indexes[at] = index;
  }

  private long[] grown(long[] ring) {
    long[] larger = new long[2 * ring.length];
    System.arraycopy(ring, head, larger, 0, ring.length - head);
    System.arraycopy(ring, 0, larger, ring.length - head, head);
    return larger;
  }

  /// Everything from an index on is gone: it is durable no more.
  void truncate(long from) {
    durable = Math.min(durable, from - 1);
    for (int i = 0; i < count; i++) {
      int at = (head + i) % sequences.length;
      indexes[at] = Math.min(indexes[at], from - 1);
    }
  }

  /// Starts anew after everything up to an index was made durable.
  void reset(long index) {
    count = 0;
    durable = index;
    if (sequences.length > 1024) {
      sequences = Arrays.copyOf(sequences, 16);
      indexes = Arrays.copyOf(indexes, 16);
      head = 0;
    }
  }

  /// The last index that is durable when the engine is so up to a sequence number.
  long durable(long sequence) {
    while (count > 0 && sequences[head] <= sequence) {
      durable = Math.max(durable, indexes[head]);
      head = (head + 1) % sequences.length;
      count--;
    }
    return durable;
  }

  /// The sequence number with which an index is durable; 0 when it is already.
  long sequenceOf(long index) {
    for (int i = 0; i < count; i++) {
      int at = (head + i) % sequences.length;
      if (indexes[at] >= index) {
        return sequences[at];
      }
    }
    return newest();
  }

  /// The sequence number of the newest change; 0 when all are durable.
  long newest() {
    return count == 0 ? 0 : sequences[(head + count - 1) % sequences.length];
  }
}
