package dev.plinth.lsm;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.lsm.table.TableCursor;
import dev.plinth.lsm.table.TableShape;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// Does what a [CompactionPolicy] chose, up to the edit that makes it count. No other compaction
/// may touch its tables meanwhile, so they are in every version until that edit. Any thread may
/// call it.
final class Compactor {
  private final Tree tree;
  private final BooleanSupplier cancelled;
  private final LongAdder merges = new LongAdder();
  private final LongAdder moves = new LongAdder();
  private final LongAdder drops = new LongAdder();
  private final LongAdder bytesRead = new LongAdder();

  Compactor(Tree tree, BooleanSupplier cancelled) {
    this.tree = tree;
    this.cancelled = cancelled;
  }

  /// The last change of the tree that a compaction comes to.
  ///
  /// @param written bytes of all tables that were written, those of earlier steps among them
  record Result(
      CompactionChoice choice,
      List<VersionEdit.Placed> added,
      List<Long> removed,
      long bytesRead,
      long written,
      long nanos) {}

  /// Makes a step of a merge count, while the rest goes on.
  interface Steps {
    /// Commits it.
    void commit(List<VersionEdit.Placed> added, List<Long> removed);
  }

  long merges() {
    return merges.sum();
  }

  long moves() {
    return moves.sum();
  }

  long drops() {
    return drops.sum();
  }

  long bytesRead() {
    return bytesRead.sum();
  }

  /// Does the work. A merge into a large level goes range by range, see [MergeSlices]; each but the
  /// last is committed at once.
  Result run(CompactionChoice choice, Steps steps) {
    long start = System.nanoTime();
    List<Long> tables = choice.tables().stream().map(TableMeta::number).toList();
    return switch (choice) {
      case CompactionChoice.Nothing _, CompactionChoice.Drop _ ->
          new Result(choice, List.of(), tables, 0, 0, System.nanoTime() - start);
      case CompactionChoice.Move move -> {
        List<VersionEdit.Placed> moved =
            move.tables().stream()
                .map(table -> new VersionEdit.Placed(move.level(), move.run(), table))
                .toList();
        yield new Result(choice, moved, tables, 0, 0, System.nanoTime() - start);
      }
      case CompactionChoice.Merge merge -> merge(merge, steps, start);
    };
  }

  private Result merge(CompactionChoice.Merge merge, Steps steps, long start) {
    long written = 0;
    List<MergeSlices.Slice> slices;
    Version version = tree.versions.current();
    try {
      slices = MergeSlices.of(merge, version.levels());
    } finally {
      version.release();
    }
    for (MergeSlices.Slice slice : slices.subList(0, slices.size() - 1)) {
      List<VersionEdit.Placed> added = merge(merge, slice.within());
      written += bytes(added);
      steps.commit(added, slice.done());
    }
    MergeSlices.Slice last = slices.getLast();
    List<VersionEdit.Placed> added = merge(merge, last.within());
    long read = merge.tables().stream().mapToLong(TableMeta::bytes).sum();
    return new Result(
        merge, added, last.done(), read, written + bytes(added), System.nanoTime() - start);
  }

  /// Merges a range of the inputs. It holds the version only meanwhile, so that the inputs of
  /// earlier ranges can go.
  private List<VersionEdit.Placed> merge(CompactionChoice.Merge merge, KeyBounds within) {
    Version version = tree.versions.current();
    try {
      return merge(merge, within, version).stream()
          .map(table -> new VersionEdit.Placed(merge.level(), merge.run(), table))
          .toList();
    } finally {
      version.release();
    }
  }

  private static long bytes(List<VersionEdit.Placed> placed) {
    return placed.stream().mapToLong(one -> one.table().bytes()).sum();
  }

  /// Counts what was done and tells of it.
  void done(Result result) {
    bytesRead.add(result.bytesRead());
    String what =
        switch (result.choice()) {
          case CompactionChoice.Nothing _ -> "nothing";
          case CompactionChoice.Drop _ -> {
            drops.increment();
            yield "drop";
          }
          case CompactionChoice.Move _ -> {
            moves.increment();
            yield "move";
          }
          case CompactionChoice.Merge merge -> {
            merges.increment();
            yield merge.reason();
          }
        };
    tree.events.accept(
        new EngineEvent.Compacted(what, result.bytesRead(), result.written(), result.nanos()));
  }

  private List<TableMeta> merge(CompactionChoice.Merge merge, KeyBounds within, Version version) {
    long visible = tree.visible();
    List<EntryCursor> sources = new ArrayList<>();
    List<RangeTombstones> ranges = new ArrayList<>();
    Set<Long> inputs = new HashSet<>();
    merge.tables().forEach(table -> inputs.add(table.number()));
    KeyBounds bounds = null;
    for (SortedRun run : merge.inputs()) {
      List<TableHandle> handles = new ArrayList<>();
      for (TableMeta table : run.overlapping(within)) {
        TableHandle handle = version.handle(table.number());
        handles.add(handle);
        bounds = bounds == null ? table.bounds() : bounds.union(table.bounds());
        if (table.rangeDeletes() > 0) {
          ranges.add(handle.table().tombstones());
        }
      }
      if (!handles.isEmpty()) {
        sources.add(new TableCursor(new RunReader(handles), false));
      }
    }
    if (bounds == null) {
      return List.of();
    }
    List<TableMeta> grandparents =
        merge.level() > 0 && merge.level() + 1 < version.levels().size()
            ? version.levels().get(merge.level() + 1).overlapping(within).stream()
                .filter(overlaps(bounds))
                .toList()
            : List.of();
    boolean isBottom = isBottom(version, inputs, bounds);
    try (TableOutputs outputs =
            new TableOutputs(
                tree.disk,
                tree.directory.path(),
                shape(merge, version, isBottom),
                ByteCause.COMPACTION,
                tree.versions::newNumber,
                merge.tableBytesMax(),
                grandparents);
        MergingCursor merged =
            new MergingCursor(version.words(), sources.toArray(EntryCursor[]::new))) {
      return new MergeJob(
              merged,
              within,
              RangeTombstones.merge(ranges),
              snapshots(merge, visible),
              isBottom,
              outputs,
              cancelled)
          .run();
    }
  }

  private static Predicate<TableMeta> overlaps(KeyBounds bounds) {
    return table -> table.bounds().overlaps(bounds);
  }

  private TableShape shape(CompactionChoice.Merge merge, Version version, boolean isBottom) {
    long read = merge.tables().stream().mapToLong(TableMeta::bytes).sum();
    long run = Math.max(read, version.levels().get(merge.level()).bytes());
    return tree.options
        .shapes()
        .merged(isBottom, merge.level() == 0 ? read : run, version.largestRunBytes());
  }

  /// What must stay visible: open snapshots, and the newest visible state when an ingestion that is
  /// not visible yet is among the inputs.
  private long[] snapshots(CompactionChoice.Merge merge, long visible) {
    long[] open = tree.snapshots.list();
    boolean early = merge.tables().stream().anyMatch(table -> table.sequenceMax() > visible);
    return early
        ? LongStream.concat(LongStream.of(open), LongStream.of(visible))
            .sorted()
            .distinct()
            .toArray()
        : open;
  }

  /// Whether no table older than the inputs may hold one of their keys.
  private static boolean isBottom(Version version, Set<Long> inputs, KeyBounds bounds) {
    boolean behindInputs = true;
    for (Level level : version.levels().reversed()) {
      for (SortedRun run : level.runs().reversed()) {
        boolean takesPart = run.tables().stream().anyMatch(t -> inputs.contains(t.number()));
        if (takesPart) {
          behindInputs = false;
        } else if (behindInputs && !run.overlapping(bounds).isEmpty()) {
          return false;
        }
      }
      if (!behindInputs) {
        return true;
      }
    }
    return true;
  }
}
