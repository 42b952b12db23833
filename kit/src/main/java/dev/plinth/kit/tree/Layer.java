package dev.plinth.kit.tree;

import dev.plinth.kit.memtable.Memtable;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A memtable in the tree, with what must become durable together with it. The fields behind
/// [#freeze] are set once, before the layer is handed to the flush.
public final class Layer {
  private final Memtable memtable;
  private final AtomicInteger references = new AtomicInteger(1);
  private long lastSequence;
  private long logEnd;
  private Map<Long, Long> applied = Map.of();

  /// A layer that takes writes, with one reference.
  public Layer(Memtable memtable) {
    this.memtable = memtable;
  }

  /// The memtable.
  public Memtable memtable() {
    return memtable;
  }

  /// Says that nothing will be added.
  ///
  /// @param sequence of the last batch in it or before it
  /// @param position records of the log below this are in it or before it
  /// @param indexes the applied indexes as of that batch
  public void freeze(long sequence, long position, Map<Long, Long> indexes) {
    lastSequence = sequence;
    logEnd = position;
    applied = indexes;
  }

  /// The sequence number of the last batch in it or before it.
  public long lastSequence() {
    return lastSequence;
  }

  /// Records of the log below this position are in it or before it.
  public long logEnd() {
    return logEnd;
  }

  /// The applied indexes as of its last batch, by group.
  public Map<Long, Long> applied() {
    return applied;
  }

  /// Takes a reference.
  public void retain() {
    references.incrementAndGet();
  }

  /// Gives a reference back; the last one gives the memory back.
  public void release() {
    if (references.decrementAndGet() == 0) {
      memtable.release();
    }
  }
}
