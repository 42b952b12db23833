package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Does a merge range by range, by as many threads as come to help. Either every range counts as
/// soon as it is merged, or all of them count together; what ends last is left to the caller. When
/// a range fails, the others are given up and what was written and does not count is deleted.
final class SlicedMerge {
  private final Tree tree;
  private final MergeSlices slices;
  private final CompactionChoice.Merge merge;
  private final Part part;
  private final Compactor.Support support;
  private final MergeCrew crew;
  private final TableOutputs.@Nullable Written[] held;
  private int merged;
  private long written;

  /// Merges a range.
  interface Part {
    /// Does it.
    ///
    /// @param cancelled whether it is to be given up
    TableOutputs.Written merge(KeyBounds within, BooleanSupplier cancelled);
  }

  SlicedMerge(
      Tree tree,
      MergeSlices slices,
      CompactionChoice.Merge merge,
      Part part,
      Compactor.Support support) {
    this.tree = tree;
    this.slices = slices;
    this.merge = merge;
    this.part = part;
    this.support = support;
    this.held = new TableOutputs.Written[slices.slices().size()];
    this.crew = new MergeCrew(held.length, this::run);
  }

  /// Does it.
  ///
  /// @return what is left to be committed
  Compactor.Step run() {
    boolean done = false;
    if (held.length > 1) {
      support.join(crew);
    }
    try {
      crew.run();
      done = true;
    } finally {
      support.leave(crew);
      if (!done) {
        held().forEach(one -> TableOutputs.discard(tree, one));
      }
    }
    List<Long> removed = new ArrayList<>(slices.last());
    for (int i = 0; i < held.length; i++) {
      if (held[i] != null) {
        removed.addAll(slices.slices().get(i).done());
      }
    }
    return step(held(), removed);
  }

  /// How many bytes were written.
  synchronized long written() {
    return written;
  }

  private void run(int ordinal) {
    MergeSlices.Slice slice = slices.slices().get(ordinal);
    TableOutputs.Written one = part.merge(slice.within(), crew::hasFailed);
    if (!isHeld(ordinal, one)) {
      support.commit(step(List.of(one), slice.done()));
    }
  }

  /// What counts early is kept back only when it ends last, since the upper inputs go with it.
  private synchronized boolean isHeld(int ordinal, TableOutputs.Written one) {
    merged++;
    written += one.bytes();
    boolean isHeld = merged == held.length || !slices.countsEarly();
    if (isHeld) {
      held[ordinal] = one;
    }
    return isHeld;
  }

  private synchronized List<TableOutputs.Written> held() {
    return Arrays.stream(held).filter(Objects::nonNull).toList();
  }

  private Compactor.Step step(List<TableOutputs.Written> all, List<Long> removed) {
    List<VersionEdit.Placed> added = new ArrayList<>();
    List<BlobMeta> blobs = new ArrayList<>();
    for (TableOutputs.Written one : all) {
      one.tables().forEach(t -> added.add(new VersionEdit.Placed(merge.level(), merge.run(), t)));
      blobs.addAll(one.blobs());
    }
    return new Compactor.Step(added, blobs, removed);
  }
}
