package dev.plinth.bench.cell;

import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.FolderTree.Part;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Mix.Action;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Workload.Kind;
import dev.plinth.spi.StateDigest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// What a store must hold after a cell, computed from the seed alone: the load, the phases before,
/// and the cell's own operations are played through on a table of versions.
final class ExpectedState {
  private static final long DELETED = -1;

  private final CellSpec spec;
  private final Values values;
  private final Arena arena;
  private @Nullable MemorySegment versions;
  private @Nullable MemorySegment inserted;

  private ExpectedState(CellSpec spec, Values values, Arena arena) {
    this.spec = spec;
    this.values = values;
    this.arena = arena;
  }

  /// What is expected.
  ///
  /// @param digest the state's digest
  /// @param keys how many keys are live
  /// @param bytes bytes of live keys and values
  record Expected(StateDigest digest, long keys, long bytes) {}

  /// The state after a cell.
  ///
  /// @param tree the folder that was ingested, for that workload
  static Expected after(CellSpec spec, Values values, @Nullable FolderTree tree) {
    if (tree != null) {
      return ingested(tree);
    }
    try (Arena arena = Arena.ofConfined()) {
      ExpectedState state = new ExpectedState(spec, values, arena);
      for (int phase = 1; phase <= spec.phases().before().size(); phase++) {
        state.apply(spec.earlier(phase));
      }
      state.apply(spec);
      return state.sum();
    }
  }

  private void apply(CellSpec done) {
    Workload workload = done.workload();
    if (workload.kind() != Kind.UPDATE || workload == Workload.COMPACT) {
      return;
    }
    if (workload == Workload.REOPEN) {
      apply(Reopening.overwrites(done));
      return;
    }
    Choosers choosers = new Choosers(done, done.operations(), 0);
    long first = done.phases().firstVersion();
    Mix mix = done.mix();
    if (mix != null) {
      for (int thread = 0; thread < done.threads(); thread++) {
        play(choosers.script(thread, mix), choosers.operations(thread));
      }
    } else if (workload == Workload.READWHILEWRITING) {
      write(choosers.writer(), choosers.writes(), first, 1);
    } else {
      boolean deletes = workload == Workload.DELETERANDOM;
      for (int thread = 0; thread < done.threads(); thread++) {
        write(choosers.chooser(thread), choosers.operations(thread), first, deletes ? 0 : 1);
      }
    }
  }

  /// Writes with versions behind the first one; a step of 0 deletes.
  private void write(KeyChooser chooser, long operations, long first, long step) {
    MemorySegment table = versions();
    long version = step == 0 ? DELETED : first;
    for (long i = 0; i < operations; i++) {
      version += step;
      table.setAtIndex(ValueLayout.JAVA_LONG, chooser.next(), version);
    }
  }

  private void play(MixScript script, long operations) {
    for (long i = 0; i < operations; i++) {
      script.next();
      Action action = script.action();
      if (action == Action.INSERT) {
        inserted().setAtIndex(ValueLayout.JAVA_LONG, script.index(), script.version());
      } else if (action == Action.UPDATE || action == Action.MODIFY) {
        versions().setAtIndex(ValueLayout.JAVA_LONG, script.index(), script.version());
      }
    }
  }

  private MemorySegment versions() {
    if (versions == null) {
      versions = arena.allocate(spec.keys() * Long.BYTES, Long.BYTES);
    }
    return versions;
  }

  private MemorySegment inserted() {
    if (inserted == null) {
      inserted = arena.allocate(spec.keys() * Long.BYTES, Long.BYTES);
    }
    return inserted;
  }

  private Expected sum() {
    StateDigest.Sum sum = new StateDigest.Sum();
    MemorySegment key = arena.allocate(Keys.BYTES, 8);
    long live = 0;
    for (long index = 0; index < spec.keys(); index++) {
      long version = versions == null ? 0 : versions.getAtIndex(ValueLayout.JAVA_LONG, index);
      if (version != DELETED) {
        Keys.present(key, 0, index);
        add(sum, key, values.offset(index, version));
        live++;
      }
      long added = inserted == null ? 0 : inserted.getAtIndex(ValueLayout.JAVA_LONG, index);
      if (added != 0) {
        Keys.missing(key, 0, index);
        add(sum, key, values.offset(~index, added));
        live++;
      }
    }
    return new Expected(sum.digest(), live, live * (Keys.BYTES + (long) values.valueBytes()));
  }

  private void add(StateDigest.Sum sum, MemorySegment key, long value) {
    sum.add(key, 0, Keys.BYTES, values.segment(), value, values.valueBytes());
  }

  private static Expected ingested(FolderTree tree) {
    StateDigest.Sum sum = new StateDigest.Sum();
    MemorySegment content = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);
    for (Part part : tree.parts()) {
      FolderTree.read(part, content);
      MemorySegment key = MemorySegment.ofArray(part.key());
      sum.add(key, 0, part.key().length, content, 0, part.length());
    }
    return new Expected(sum.digest(), tree.parts().size(), tree.bytes());
  }
}
