package dev.plinth.engine.jungle;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;

/// Does what a [JunglePolicy] chose, up to the edit that makes it count. Any thread may call it.
final class Compactor {
  private final Tree tree;
  private final BooleanSupplier cancelled;
  private final LongAdder merges = new LongAdder();
  private final LongAdder moves = new LongAdder();
  private final LongAdder rewrites = new LongAdder();
  private final LongAdder bytesRead = new LongAdder();

  Compactor(Tree tree, BooleanSupplier cancelled) {
    this.tree = tree;
    this.cancelled = cancelled;
  }

  long merges() {
    return merges.sum();
  }

  long moves() {
    return moves.sum();
  }

  long rewrites() {
    return rewrites.sum();
  }

  long bytesRead() {
    return bytesRead.sum();
  }

  /// Does the work.
  ///
  /// @param version the version that it was chosen from; the caller holds a reference
  VersionEdit run(MergeChoice choice, Version version) {
    long start = System.nanoTime();
    MergeJob.Result result =
        switch (choice) {
          case MergeChoice.Nothing _ -> MergeJob.Result.NONE;
          case MergeChoice.Move move -> move(move);
          case MergeChoice.MergeDown merge -> down(merge, version);
          case MergeChoice.Rewrite rewrite -> rewrite(rewrite, version);
        };
    count(choice, result, System.nanoTime() - start);
    return new VersionEdit(
        tree.versions.nextNumber(), 0, 0, java.util.Map.of(), result.added(), result.removed());
  }

  private static MergeJob.Result move(MergeChoice.Move move) {
    TableMeta table = move.table();
    return new MergeJob.Result(
        List.of(new VersionEdit.Placed(move.level() + 1, 0, table)), List.of(table.number()), 0, 0);
  }

  private MergeJob.Result down(MergeChoice.MergeDown merge, Version version) {
    TableHandle source = version.handle(merge.table().number());
    List<TableHandle> targets =
        merge.targets().stream().map(table -> version.handle(table.number())).toList();
    MergeJob.Result result;
    try (MergeJob job = job(merge.level() + 1, version)) {
      result = job.merge(BatchSource.of(source), targets, 0);
    }
    List<Long> removed = new java.util.ArrayList<>(result.removed());
    removed.add(merge.table().number());
    return new MergeJob.Result(result.added(), removed, result.bytesRead(), result.bytesWritten());
  }

  private MergeJob.Result rewrite(MergeChoice.Rewrite rewrite, Version version) {
    try (MergeJob job = job(rewrite.level(), version)) {
      return job.rewrite(
          rewrite.tables().stream().map(table -> version.handle(table.number())).toList());
    }
  }

  private MergeJob job(int level, Version version) {
    return new MergeJob(
        tree, version, level, ByteCause.COMPACTION, tree.versions.flushedSequence(), cancelled);
  }

  private void count(MergeChoice choice, MergeJob.Result result, long nanos) {
    bytesRead.add(result.bytesRead());
    String what =
        switch (choice) {
          case MergeChoice.Nothing _ -> "nothing";
          case MergeChoice.Move move -> {
            moves.increment();
            yield "move to level " + (move.level() + 1);
          }
          case MergeChoice.MergeDown merge -> {
            merges.increment();
            yield "merge to level " + (merge.level() + 1);
          }
          case MergeChoice.Rewrite rewrite -> {
            rewrites.increment();
            yield rewrite.reason() + " in level " + rewrite.level();
          }
        };
    tree.events.accept(
        new EngineEvent.Compacted(what, result.bytesRead(), result.bytesWritten(), nanos));
  }
}
