package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.memtable.Memtable;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A memtable in the tree, with what must become durable together with it. The fields behind
/// [#freeze] are set once, before the layer is handed to the flush.
final class Layer {
  private final Memtable memtable;
  private final AtomicInteger references = new AtomicInteger(1);
  private long lastSequence;
  private long logEnd;
  private Map<Long, Long> applied = Map.of();

  Layer(Memtable memtable) {
    this.memtable = memtable;
  }

  Memtable memtable() {
    return memtable;
  }

  /// Says that nothing will be added.
  ///
  /// @param sequence of the last batch in it or before it
  /// @param position records of the log below this are in it or before it
  /// @param indexes the applied indexes as of that batch
  void freeze(long sequence, long position, Map<Long, Long> indexes) {
    lastSequence = sequence;
    logEnd = position;
    applied = indexes;
  }

  long lastSequence() {
    return lastSequence;
  }

  long logEnd() {
    return logEnd;
  }

  Map<Long, Long> applied() {
    return applied;
  }

  void retain() {
    references.incrementAndGet();
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      memtable.release();
    }
  }
}
