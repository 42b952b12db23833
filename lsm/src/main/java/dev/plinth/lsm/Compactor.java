package dev.plinth.lsm;

import dev.plinth.kit.disk.Readahead;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.lsm.table.Table;
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
  private final LongAdder parts = new LongAdder();
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
  record Step(List<VersionEdit.Placed> added, List<BlobMeta> blobs, List<Long> removed) {}

  /// What a merge needs of others while it goes on.
  interface Support {
    /// Makes a step count.
    void commit(Step step);

    /// Lets idle threads help until [#leave].
    void join(MergeCrew crew);

    /// Says that no more help is wanted.
    void leave(MergeCrew crew);
  }

  long merges() {
    return merges.sum();
  }

  /// How many ranges of keys merges have merged, each by one thread.
  long parts() {
    return parts.sum();
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

  /// Does the work. A merge into a large level counts range by range, see [MergeSlices].
  Result run(CompactionJob job, Support support) {
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
      case CompactionChoice.Merge merge -> {
        SlicedMerge sliced = new SlicedMerge(tree, slices(merge), merge, part(job, merge), support);
        Step last = sliced.run();
        yield new Result(job, last, job.bytes(), sliced.written(), System.nanoTime() - start);
      }
    };
  }

  private static Result moved(
      CompactionJob job, List<VersionEdit.Placed> added, List<Long> removed, long start) {
    Step step = new Step(added, List.of(), removed);
    return new Result(job, step, 0, 0, System.nanoTime() - start);
  }

  /// The ranges of a merge: those that count early, or parts for as many threads as there may be.
  private MergeSlices slices(CompactionChoice.Merge merge) {
    Version version = tree.versions.current();
    try {
      MergeSlices early = MergeSlices.of(merge, version.levels());
      long bytes = merge.tables().stream().mapToLong(TableMeta::bytes).sum();
      int count = MergeParts.count(bytes, tree.options.compactionThreads(), merge.tableBytesMax());
      if (early.countsEarly() || count == 1) {
        return early;
      }
      List<MergeParts.Anchor> anchors = new ArrayList<>();
      for (TableMeta meta : merge.tables()) {
        Table table = version.handle(meta.number()).table();
        long each = meta.bytes() / Math.max(1, table.indexBlocks());
        for (int i = 0; i < table.indexBlocks(); i++) {
          anchors.add(new MergeParts.Anchor(table.indexKey(i), each));
        }
      }
      return MergeSlices.whole(merge, MergeParts.cut(anchors, count));
    } finally {
      version.release();
    }
  }

  /// Merges a range of the inputs. It holds the version only meanwhile, so that the inputs of
  /// ranges that count can go.
  private SlicedMerge.Part part(CompactionJob job, CompactionChoice.Merge merge) {
    return (within, cancelled) -> {
      parts.increment();
      Version version = tree.versions.current();
      try {
        return merge(
            job,
            merge,
            within,
            version,
            () -> this.cancelled.getAsBoolean() || cancelled.getAsBoolean());
      } finally {
        version.release();
      }
    };
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
      CompactionJob job,
      CompactionChoice.Merge merge,
      KeyBounds within,
      Version version,
      BooleanSupplier givenUp) {
    long visible = tree.visible();
    List<EntryCursor> sources = new ArrayList<>();
    List<RangeTombstones> ranges = new ArrayList<>();
    Set<Long> inputs = new HashSet<>();
    merge.tables().forEach(table -> inputs.add(table.number()));
    Readahead.Allowance ahead = new Readahead.Allowance(tree.options.scanReadaheadBytes());
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
        RunReader reader = new RunReader(handles, version.blobs());
        sources.add(new TableCursor(reader, false, blocksRead, new Readahead(ahead, 0)));
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
              givenUp)
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
