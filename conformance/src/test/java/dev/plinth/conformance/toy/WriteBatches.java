package dev.plinth.conformance.toy;

import java.util.ArrayList;
import java.util.List;

/// Batches that wait in memory for the log.
final class WriteBatches {
  private final List<Waiting> waiting = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent")
  private record Waiting(byte[] payload, long sequence, long group, long index) {}

  void add(byte[] payload, long sequence, long group, long index) {
    waiting.add(new Waiting(payload, sequence, group, index));
  }

  void drain(ToyLog log) {
    for (Waiting batch : waiting) {
      log.append(batch.sequence(), batch.group(), batch.index(), batch.payload());
    }
    waiting.clear();
  }

  void clear() {
    waiting.clear();
  }
}
