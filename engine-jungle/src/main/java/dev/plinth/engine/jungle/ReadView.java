package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Lookup;
import dev.plinth.engine.jungle.table.Table;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Everything a read searches: the memtables and the tables of one moment.
///
/// The current view belongs to the engine; a point read uses it inside an epoch, a cursor takes a
/// reference. Each view holds a reference of its layers and its version.
final class ReadView {
  private final Layer[] layers;
  private final Version version;
  private final AtomicInteger references = new AtomicInteger(1);

  /// A view; takes over one reference of the version, and takes one of each layer.
  ///
  /// @param layers the newest first: the one that takes writes, those that wait to be flushed, then
  ///   those that point into the log
  ReadView(List<Layer> layers, Version version) {
    this.layers = layers.toArray(Layer[]::new);
    this.version = version;
    layers.forEach(Layer::retain);
  }

  /// The layers, the newest first.
  Layer[] layers() {
    return layers;
  }

  /// Those of them that do not point into the log.
  List<Layer> memtables() {
    return Arrays.stream(layers).filter(layer -> !layer.isPointing()).toList();
  }

  Version version() {
    return version;
  }

  /// Whether a layer is among those searched.
  boolean holds(Layer layer) {
    for (Layer mine : layers) {
      if (mine == layer) {
        return true;
      }
    }
    return false;
  }

  /// The same with a layer that points into the log in place of a memtable that is in it.
  ReadView staged(Layer memtable, Layer stage) {
    List<Layer> after = new ArrayList<>(memtables());
    after.remove(memtable);
    if (!holds(stage)) {
      after.add(stage);
    }
    for (Layer layer : layers) {
      if (layer.isPointing()) {
        after.add(layer);
      }
    }
    version.retain();
    return new ReadView(after, version);
  }

  /// Takes a reference unless the view is gone.
  boolean tryRetain() {
    int count = references.get();
    while (count > 0) {
      if (references.compareAndSet(count, count + 1)) {
        return true;
      }
      count = references.get();
    }
    return false;
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      for (Layer layer : layers) {
        layer.release();
      }
      version.release();
    }
  }

  /// Finds the newest live value of a key that a reader of this sequence number sees.
  ///
  /// @param log has the values of layers that point into it
  /// @return whether there is one; the lookup then names it
  boolean find(Lookup lookup, long sequence, LogWriter log) {
    long tag = Tag.visibleAt(sequence);
    for (Layer layer : layers) {
      Memtable memtable = layer.memtable();
      long node = memtable.find(lookup.key(), 0, lookup.length(), tag);
      long covering =
          memtable.rangeCount() == 0
              ? RangeTombstones.NONE
              : memtable.tombstones().covering(lookup.key(), 0, lookup.length(), sequence);
      if (node != 0) {
        long found = memtable.tag(node);
        boolean live = isLive(found, covering);
        long value = memtable.valueOffset(node);
        if (live && layer.isPointing() && Tag.kind(found) == Tag.BLOB) {
          lookup.foundInLog(found, log, memtable.segment(), value);
        } else {
          lookup.found(found, memtable.segment(), value, memtable.valueLength(node));
        }
        return live;
      }
      if (covering != RangeTombstones.NONE) {
        return false;
      }
    }
    return findInTables(lookup);
  }

  private boolean findInTables(Lookup lookup) {
    for (RunReader run : version.runs()) {
      int ordinal = run.tableOf(lookup.key(), 0, lookup.length());
      if (ordinal == run.size()) {
        continue;
      }
      Table table = run.table(ordinal);
      if (table.mayContain(lookup) && table.find(lookup)) {
        return Tag.kind(lookup.tag()) != Tag.DELETE;
      }
      RangeTombstones ranges = table.tombstones();
      if (!ranges.isEmpty()
          && ranges.covering(lookup.key(), 0, lookup.length(), Tag.SEQUENCE_MAX)
              != RangeTombstones.NONE) {
        return false;
      }
    }
    return false;
  }

  /// The deleted ranges of all layers and tables.
  RangeTombstones tombstones() {
    List<RangeTombstones> parts = new ArrayList<>();
    for (Layer layer : layers) {
      parts.add(layer.memtable().tombstones());
    }
    parts.add(version.tombstones());
    return RangeTombstones.merge(parts);
  }

  private static boolean isLive(long tag, long covering) {
    return Tag.kind(tag) != Tag.DELETE && Tag.sequence(tag) >= covering;
  }
}
