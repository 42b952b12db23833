package dev.plinth.lsm;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.tree.Layer;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import java.util.List;

/// Writes memtables out as a run of level 0.
final class Flusher {
  private final Tree tree;

  Flusher(Tree tree) {
    this.tree = tree;
  }

  /// Writes the tables and blob files of layers; none when they hold nothing that anybody sees.
  ///
  /// @param layers the newest first
  TableOutputs.Written flush(List<Layer> layers) {
    layers.forEach(Layer::retain);
    long start = System.nanoTime();
    long bytes = layers.stream().mapToLong(layer -> layer.memtable().bytesUsed()).sum();
    EntryCursor[] cursors =
        layers.stream().map(layer -> layer.memtable().cursor()).toArray(EntryCursor[]::new);
    try (TableOutputs outputs =
            new TableOutputs(
                tree, tree.flushShape(bytes), ByteCause.FLUSH, Long.MAX_VALUE, List.of());
        MergingCursor merged = new MergingCursor(tree.words(), cursors)) {
      MergeJob job =
          new MergeJob(
              merged,
              KeyBounds.ALL,
              RangeTombstones.merge(
                  layers.stream().map(layer -> layer.memtable().tombstones()).toList()),
              tree.snapshots.list(),
              false,
              outputs,
              tree.health::isPoisoned);
      TableOutputs.Written written = job.run();
      long entries = written.tables().stream().mapToLong(TableMeta::entries).sum();
      tree.events.accept(
          new EngineEvent.Flushed(written.bytes(), entries, System.nanoTime() - start));
      return written;
    } finally {
      layers.forEach(Layer::release);
    }
  }
}
