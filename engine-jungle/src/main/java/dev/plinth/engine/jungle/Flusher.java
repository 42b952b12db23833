package dev.plinth.engine.jungle;

import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.tree.Layer;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// Merges a memtable into level 1: one batch, or one for each open snapshot that ends within it, so
/// that every snapshot becomes a set of tables as they were after its batch.
final class Flusher {
  private final Tree tree;
  private final BooleanSupplier cancelled;

  Flusher(Tree tree, BooleanSupplier cancelled) {
    this.tree = tree;
    this.cancelled = cancelled;
  }

  /// What one batch changes.
  ///
  /// @param sequence batches up to this one are in tables then
  record Stage(long sequence, List<VersionEdit.Placed> added, List<Long> removed) {}

  /// Writes a layer.
  ///
  /// @param boundaries sequence numbers of snapshots within the layer, ascending
  /// @param version the newest version; the caller holds a reference
  /// @param level 1, or 0 where level 0 has tables that are newer than level 1
  List<Stage> flush(Layer layer, long[] boundaries, Version version, int level) {
    layer.retain();
    long start = System.nanoTime();
    Map<Long, VersionEdit.Placed> tables = new HashMap<>();
    if (level == 1) {
      for (TableMeta table : version.levels().get(1).tables()) {
        tables.put(table.number(), new VersionEdit.Placed(1, 0, table));
      }
    }
    try {
      List<Stage> stages = new ArrayList<>();
      long after = 0;
      for (int i = 0; i <= boundaries.length; i++) {
        long upTo = i < boundaries.length ? boundaries[i] : layer.lastSequence();
        MergeJob.Result result = stage(layer, after, upTo, version, level, tables);
        stages.add(new Stage(upTo, result.added(), result.removed()));
        after = upTo;
      }
      long entries = layer.memtable().entries();
      tree.events.accept(
          new EngineEvent.Flushed(layer.bytes(), entries, System.nanoTime() - start));
      return stages;
    } finally {
      layer.release();
    }
  }

  private MergeJob.Result stage(
      Layer layer,
      long after,
      long upTo,
      Version version,
      int level,
      Map<Long, VersionEdit.Placed> tables) {
    List<TableHandle> targets = new ArrayList<>();
    Memtable memtable = layer.memtable();
    try (StripeCursor cursor = new StripeCursor(tree.entries(layer), memtable, after, upTo)) {
      RangeTombstones ranges =
          RangeTombstones.of(
              StripeCursor.ranges(memtable, after, upTo).stream()
                  .map(range -> new RangeTombstone(range.from(), range.to(), 1))
                  .toList());
      KeyBounds bounds = bounds(memtable, ranges);
      if (bounds == null) {
        return MergeJob.Result.NONE;
      }
      for (VersionEdit.Placed placed : tables.values()) {
        if (level == 1 && placed.table().bounds().overlaps(bounds)) {
          targets.add(tree.versions.unplaced(placed.table()));
        }
      }
      BatchSource source = new BatchSource(cursor, ranges, bounds, layer.bytes(), null);
      long run = level == 0 ? tree.versions.newNumber() : 0;
      MergeJob.Result result;
      try (MergeJob job = new MergeJob(tree, version, level, ByteCause.FLUSH, upTo, cancelled)) {
        result = job.merge(source, MergeJob.sorted(targets), run);
      }
      result.removed().forEach(tables::remove);
      result.added().forEach(placed -> tables.put(placed.table().number(), placed));
      return result;
    } finally {
      targets.forEach(TableHandle::release);
    }
  }

  /// Where the entries and ranges lie; null when there is nothing.
  private static @org.jspecify.annotations.Nullable KeyBounds bounds(
      Memtable memtable, RangeTombstones ranges) {
    KeyBounds bounds = null;
    byte[] first = memtable.firstKey();
    byte[] last = memtable.lastKey();
    if (first != null && last != null) {
      bounds = KeyBounds.closed(first, last);
    }
    for (RangeTombstone range : ranges.ranges()) {
      KeyBounds own = new KeyBounds(range.from(), range.to());
      bounds = bounds == null ? own : bounds.union(own);
    }
    return bounds;
  }
}
