package dev.plinth.kit.tree;

import dev.plinth.kit.memtable.Memtable;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A memtable in the tree, with what must become durable together with it. The fields behind
/// [#freeze] are set before the layer is handed to the flush.
///
/// A layer that points has the places of values in the log ([LogPlace]) in their stead.
public final class Layer {
  private final Memtable memtable;
  private final boolean pointing;
  private final AtomicInteger references = new AtomicInteger(1);
  private long lastSequence;
  private long logEnd;
  private Map<Long, Long> applied = Map.of();
  private final AtomicLong bytesElsewhere = new AtomicLong();
  private volatile @Nullable Runnable released;

  /// A layer that takes writes, with one reference.
  public Layer(Memtable memtable) {
    this(memtable, false);
  }

  /// A layer, with one reference.
  ///
  /// @param pointing whether places in the log stand for values
  public Layer(Memtable memtable, boolean pointing) {
    this.memtable = memtable;
    this.pointing = pointing;
  }

  /// Whether places in the log stand for values.
  public boolean isPointing() {
    return pointing;
  }

  /// How many bytes its entries have, those of values in the log included.
  public long bytes() {
    return memtable.bytesUsed() + bytesElsewhere.get();
  }

  /// Counts bytes of values that stand in the log. Called by the inserting thread.
  public void addElsewhere(long bytes) {
    bytesElsewhere.addAndGet(bytes);
  }

  /// Says what is to be done when nobody holds the layer any more.
  public void whenReleased(Runnable action) {
    released = action;
  }

  /// The memtable.
  public Memtable memtable() {
    return memtable;
  }

  /// Says what it holds by now, where nothing will be added, or only memtables as a whole.
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
      Runnable action = released;
      if (action != null) {
        action.run();
      }
    }
  }
}
