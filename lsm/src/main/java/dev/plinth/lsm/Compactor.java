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
  private final LongAdder mergesForSeeks = new LongAdder();
  private final LongAdder moves = new LongAdder();
  private final LongAdder drops = new LongAdder();
  private final LongAdder bytesRead = new LongAdder();
  private final LongAdder blobBytes = new LongAdder();
  private final LongAdder blocksRead = new LongAdder();

  Compactor(Tree tree, BooleanSupplier cancelled) {
    this.tree = tree;
    this.cancelled = cancelled;
  }

  /// The last change of the tree that a compaction comes to.
  ///
  /// @param bytesRead bytes of all inputs, values in blob files among them where they were read
  /// @param written bytes of all files that were written, those of earlier steps among them
  record Result(CompactionJob job, Step last, long bytesRead, long written, long nanos) {}

  /// A change of the tree.
  ///
  /// @param added tables that come
  /// @param blobs blob files that come
  /// @param removed the numbers of the tables that go
  record Step(List<VersionEdit.Placed> added, List<BlobMeta> blobs, List<Long> removed) {
    long bytes() {
      return added.stream().mapToLong(placed -> placed.table().bytes()).sum()
          + blobs.stream().mapToLong(BlobMeta::bytes).sum();
    }
  }

  /// Makes a step of a merge count, while the rest goes on.
  interface Steps {
    /// Commits it.
    void commit(Step step);
  }

  long merges() {
    return merges.sum();
  }

  /// How many of the merges were made because seeks had paid for them.
  long mergesForSeeks() {
    return mergesForSeeks.sum();
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

  /// How many data blocks merges have read.
  long blocksRead() {
    return blocksRead.sum();
  }

  /// How many bytes of records went from one blob file to another, at most.
  long blobBytes() {
    return blobBytes.sum();
  }

  /// Does the work. A merge into a large level goes range by range, see [MergeSlices]; each but the
  /// last is committed at once.
  Result run(CompactionJob job, Steps steps) {
    long start = System.nanoTime();
    CompactionChoice choice = job.choice();
    List<Long> tables = choice.tables().stream().map(TableMeta::number).toList();
    return switch (choice) {
      case CompactionChoice.Nothing _, CompactionChoice.Drop _ ->
          moved(job, List.of(), tables, start);
      case CompactionChoice.Move move -> {
        List<VersionEdit.Placed> moved =
            move.tables().stream()
                .map(table -> new VersionEdit.Placed(move.level(), move.run(), table))
                .toList();
        yield moved(job, moved, tables, start);
      }
      case CompactionChoice.Merge merge -> merge(job, merge, steps, start);
    };
  }

  private static Result moved(
      CompactionJob job, List<VersionEdit.Placed> added, List<Long> removed, long start) {
    Step step = new Step(added, List.of(), removed);
    return new Result(job, step, 0, 0, System.nanoTime() - start);
  }

  private Result merge(CompactionJob job, CompactionChoice.Merge merge, Steps steps, long start) {
    long written = 0;
    List<MergeSlices.Slice> slices;
    Version version = tree.versions.current();
    try {
      slices = MergeSlices.of(merge, version.levels());
    } finally {
      version.release();
    }
    for (MergeSlices.Slice slice : slices.subList(0, slices.size() - 1)) {
      Step step = merge(job, merge, slice);
      written += step.bytes();
      steps.commit(step);
    }
    Step last = merge(job, merge, slices.getLast());
    written += last.bytes();
    return new Result(job, last, job.bytes(), written, System.nanoTime() - start);
  }

  /// Merges a range of the inputs. It holds the version only meanwhile, so that the inputs of
  /// earlier ranges can go.
  private Step merge(CompactionJob job, CompactionChoice.Merge merge, MergeSlices.Slice slice) {
    Version version = tree.versions.current();
    try {
      TableOutputs.Written written = merge(job, merge, slice.within(), version);
      List<VersionEdit.Placed> added =
          written.tables().stream()
              .map(table -> new VersionEdit.Placed(merge.level(), merge.run(), table))
              .toList();
      return new Step(added, written.blobs(), slice.done());
    } finally {
      version.release();
    }
  }

  /// Counts what was done and tells of it.
  void done(Result result) {
    bytesRead.add(result.bytesRead());
    String what =
        switch (result.job().choice()) {
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
            if (merge.reason().equals(CompactionChoice.SEEKS)) {
              mergesForSeeks.increment();
            }
            for (TableMeta table : merge.tables()) {
              blobBytes.add(BlobGarbage.bytesIn(table, result.job().rewritten()));
            }
            yield merge.reason();
          }
        };
    tree.events.accept(
        new EngineEvent.Compacted(what, result.bytesRead(), result.written(), result.nanos()));
  }

  private TableOutputs.Written merge(
      CompactionJob job, CompactionChoice.Merge merge, KeyBounds within, Version version) {
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
        sources.add(new TableCursor(new RunReader(handles, version.blobs()), false, blocksRead));
      }
    }
    if (bounds == null) {
      return new TableOutputs.Written(List.of(), List.of());
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
                tree,
                shape(merge, version, isBottom),
                ByteCause.COMPACTION,
                merge.tableBytesMax(),
                grandparents,
                job.rewritten());
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
    long read = merge.tables().stream().mapToLong(TableMeta::weight).sum();
    long run = Math.max(read, version.levels().get(merge.level()).weight());
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
