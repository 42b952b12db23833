package dev.plinth.lsm;

import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.Layer;
import dev.plinth.lsm.table.Lookup;
import dev.plinth.lsm.table.Table;
import java.util.ArrayList;
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
  /// @param layers the newest first: the one that takes writes, then those that wait to be flushed
  ReadView(List<Layer> layers, Version version) {
    this.layers = layers.toArray(Layer[]::new);
    this.version = version;
    layers.forEach(Layer::retain);
  }

  /// The layers, the newest first.
  Layer[] layers() {
    return layers;
  }

  Version version() {
    return version;
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
  /// @return whether there is one; the lookup then names it
  boolean find(Lookup lookup, long sequence) {
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
        lookup.found(
            found, memtable.segment(), memtable.valueOffset(node), memtable.valueLength(node));
        return isLive(found, covering);
      }
      if (covering != RangeTombstones.NONE) {
        return false;
      }
    }
    return findInTables(lookup, sequence, tag);
  }

  private boolean findInTables(Lookup lookup, long sequence, long tag) {
    for (RunReader run : version.runs()) {
      int ordinal = run.tableOf(lookup.key(), 0, lookup.length());
      if (ordinal == run.size()) {
        continue;
      }
      Table table = run.table(ordinal);
      RangeTombstones ranges = table.tombstones();
      long covering =
          ranges.isEmpty()
              ? RangeTombstones.NONE
              : ranges.covering(lookup.key(), 0, lookup.length(), sequence);
      if (!table.mayContain(lookup)) {
        lookup.countRefused();
      } else if (table.find(lookup, tag)) {
        return isLive(lookup.tag(), covering) && fetched(lookup);
      } else {
        lookup.countFalsePass();
      }
      if (covering != RangeTombstones.NONE) {
        return false;
      }
    }
    return false;
  }

  /// Fetches the value that was found when it is in a blob file.
  private boolean fetched(Lookup lookup) {
    if (Tag.kind(lookup.tag()) == Tag.BLOB) {
      lookup.fetchBlob(version.blobs());
    }
    return true;
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
