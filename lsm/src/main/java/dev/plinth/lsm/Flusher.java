package dev.plinth.lsm;

import dev.plinth.lsm.merge.MergingCursor;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import java.util.List;

/// Writes a memtable out as a run of level 0.
final class Flusher {
  private final Tree tree;

  Flusher(Tree tree) {
    this.tree = tree;
  }

  /// Writes the tables of a layer; none when it holds nothing that anybody sees.
  List<TableMeta> flush(Layer layer) {
    layer.retain();
    long start = System.nanoTime();
    try (TableOutputs outputs =
            new TableOutputs(
                tree.disk,
                tree.directory.path(),
                tree.options.shape(),
                ByteCause.FLUSH,
                tree.versions::newNumber,
                Long.MAX_VALUE,
                List.of());
        MergingCursor merged = new MergingCursor(layer.memtable().cursor())) {
      MergeJob job =
          new MergeJob(
              merged,
              layer.memtable().tombstones(),
              tree.snapshots.list(),
              false,
              outputs,
              tree.health::isPoisoned);
      List<TableMeta> tables = job.run();
      long bytes = tables.stream().mapToLong(TableMeta::bytes).sum();
      long entries = tables.stream().mapToLong(TableMeta::entries).sum();
      tree.events.accept(new EngineEvent.Flushed(bytes, entries, System.nanoTime() - start));
      return tables;
    } finally {
      layer.release();
    }
  }
}
