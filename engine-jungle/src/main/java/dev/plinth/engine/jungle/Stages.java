package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.memtable.MemtableCursor;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.tree.LogPlace;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The first level, which stands in the log: layers that hold the keys of many memtables and say
/// where the log has their values. One takes memtables; when it is full it goes to tables as one
/// batch, while the next one fills up.
///
/// One thread at a time adds and seals; the rest may be called by any.
final class Stages {
  /// So many there are at most, but for those that a recovery made.
  static final int LAYERS_MAX = 2;

  private final Tree tree;
  private final Installer installer;
  private final LogPlace places = new LogPlace();
  private final ArrayDeque<Layer> full = new ArrayDeque<>();
  private final Map<Layer, Long> reach = new HashMap<>();
  private @Nullable Layer open;

  Stages(Tree tree, Installer installer) {
    this.tree = tree;
    this.installer = installer;
  }

  /// Takes over what a recovery made: the newest is filled further while it has room, so that
  /// opening writes nothing and what is deleted on a full disk needs none; the others are full.
  synchronized void recovered() {
    for (Layer layer : tree.view().layers()) {
      if (layer.isPointing()) {
        layer.retain();
        full.addFirst(layer);
      }
    }
    Layer newest = full.peekLast();
    if (newest != null && newest.bytes() < tree.options.stageBytes()) {
      full.removeLast();
      open = newest;
    }
  }

  /// Adds a memtable to the layer that is being filled, and shows that in its place.
  ///
  /// @return false when it does not fit; nothing that anybody sees was changed
  boolean add(Layer memtable) {
    Layer stage = opened();
    boolean fresh = stage == null;
    if (stage == null) {
      SlabPool.Slab slab = tree.pool.tryAcquire();
      if (slab == null) {
        return false;
      }
      stage = new Layer(new Memtable(tree.pool, slab), true);
    }
    if (!copy(memtable, stage, fresh)) {
      if (fresh) {
        stage.release();
      } else {
        exceeded(stage, memtable);
      }
      return false;
    }
    stage.freeze(memtable.lastSequence(), memtable.logEnd(), memtable.applied());
    synchronized (this) {
      open = stage;
    }
    installer.staged(memtable, stage);
    return true;
  }

  /// Ends the layer that is being filled, if there is one.
  synchronized void seal() {
    Layer stage = open;
    if (stage != null) {
      full.addLast(stage);
      open = null;
    }
  }

  /// Whether the layer that is being filled has more than a share of what it is to have.
  boolean exceeds(double share) {
    Layer stage = opened();
    return stage != null && stage.bytes() >= share * tree.options.stageBytes();
  }

  /// The full one that goes to tables next; null when there is none.
  synchronized @Nullable Layer oldestFull() {
    return full.peekFirst();
  }

  /// Says that the oldest full one is in tables.
  synchronized void drained(Layer layer) {
    if (full.remove(layer)) {
      reach.remove(layer);
      layer.release();
    }
  }

  /// Where in the log the values end that a reader of a layer may look for.
  synchronized long reach(Layer layer) {
    return reach.getOrDefault(layer, layer.logEnd());
  }

  /// Notes that a layer has a part of a memtable that did not fit.
  private synchronized void exceeded(Layer stage, Layer memtable) {
    reach.put(stage, memtable.logEnd());
  }

  /// The bytes of entries of which the values stand in the log.
  synchronized long bytes() {
    long bytes = full.stream().mapToLong(Layer::bytes).sum();
    Layer stage = open;
    return stage == null ? bytes : bytes + stage.bytes();
  }

  private synchronized @Nullable Layer opened() {
    return open;
  }

  /// Copies keys and places. What was copied when the rest does not fit does no harm: the same
  /// entries are in the memtable, and whoever writes the layer to tables stops at its last sequence
  /// number. But readers may find them.
  private boolean copy(Layer memtable, Layer stage, boolean fresh) {
    Memtable source = memtable.memtable();
    Memtable target = stage.memtable();
    int ranges = source.rangeCount();
    if (!fresh && ranges > 0 && target.rangeCount() + ranges > tree.options.rangeDeletesMax()) {
      return false;
    }
    MemtableCursor cursor = source.cursor();
    for (cursor.first(); cursor.isValid(); cursor.next()) {
      if (!target.fits(LogPlace.entryBytesMax(cursor.keyLength(), cursor.valueLength()))) {
        return false;
      }
      copy(cursor, stage);
    }
    source.addedRanges().forEach(target::deleteRange);
    return true;
  }

  private void copy(MemtableCursor cursor, Layer stage) {
    if (Tag.kind(cursor.tag()) == Tag.PUT) {
      places.add(
          stage,
          cursor.keySegment(),
          cursor.keyOffset(),
          cursor.keyLength(),
          cursor.valueSegment(),
          cursor.valueOffset(),
          cursor.valueLength(),
          cursor.tag(),
          cursor.place());
      return;
    }
    stage
        .memtable()
        .add(
            cursor.keySegment(),
            cursor.keyOffset(),
            cursor.keyLength(),
            cursor.valueSegment(),
            cursor.valueOffset(),
            0,
            cursor.tag());
  }
}
