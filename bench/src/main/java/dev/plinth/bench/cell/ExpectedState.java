package dev.plinth.bench.cell;

import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.FolderTree.Part;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.StateDigest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// The digest that a store must have after a cell, computed from the seed alone.
final class ExpectedState {
  private ExpectedState() {}

  /// The digest.
  ///
  /// @param tree the folder that was ingested, for that workload
  static StateDigest after(CellSpec spec, Values values, @Nullable FolderTree tree) {
    if (tree != null) {
      return ingested(tree);
    }
    return spec.workload() == Workload.OVERWRITE ? overwritten(spec, values) : loaded(spec, values);
  }

  private static StateDigest loaded(CellSpec spec, Values values) {
    Entries entries = new Entries(values);
    for (long index = 0; index < spec.keys(); index++) {
      entries.add(index, 0);
    }
    return entries.sum.digest();
  }

  private static StateDigest overwritten(CellSpec spec, Values values) {
    Choosers choosers = new Choosers(spec, spec.operations(), 0);
    Entries entries = new Entries(values);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment versions = arena.allocate(spec.keys() * Long.BYTES, Long.BYTES);
      for (int thread = 0; thread < spec.threads(); thread++) {
        KeyChooser chooser = choosers.chooser(thread);
        long operations = choosers.operations(thread);
        for (long version = 1; version <= operations; version++) {
          versions.setAtIndex(ValueLayout.JAVA_LONG, chooser.next(), version);
        }
      }
      for (long index = 0; index < spec.keys(); index++) {
        entries.add(index, versions.getAtIndex(ValueLayout.JAVA_LONG, index));
      }
    }
    return entries.sum.digest();
  }

  private static StateDigest ingested(FolderTree tree) {
    StateDigest.Sum sum = new StateDigest.Sum();
    MemorySegment content = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);
    for (Part part : tree.parts()) {
      FolderTree.read(part, content);
      MemorySegment key = MemorySegment.ofArray(part.key());
      sum.add(key, 0, part.key().length, content, 0, part.length());
    }
    return sum.digest();
  }

  /// Adds up entries of generated keys and values.
  private static final class Entries {
    private final StateDigest.Sum sum = new StateDigest.Sum();
    private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
    private final Values values;

    Entries(Values values) {
      this.values = values;
    }

    void add(long index, long version) {
      Keys.present(key, 0, index);
      long start = values.offset(index, version);
      sum.add(key, 0, Keys.BYTES, values.segment(), start, values.valueBytes());
    }
  }
}
