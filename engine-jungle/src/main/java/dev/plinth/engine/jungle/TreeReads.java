package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Lookup;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Point reads of the tree, newest state or snapshot. Any thread may call it.
final class TreeReads {
  private final Tree tree;
  private final EngineTraits traits;
  private final LookupPool lookups = new LookupPool();
  private final LongAdder operations = new LongAdder();
  private final LongAdder blocks = new LongAdder();

  TreeReads(Tree tree, EngineTraits traits) {
    this.tree = tree;
    this.traits = traits;
  }

  long operations() {
    return operations.sum();
  }

  long blocks() {
    return blocks.sum();
  }

  /// Shows the value of a key to a visitor.
  ///
  /// @param of the snapshot that is read; null for the newest state
  boolean read(
      MemorySegment key,
      long offset,
      int length,
      @Nullable JungleSnapshot of,
      ValueVisitor visitor) {
    traits.requireKey(length);
    Lookup lookup = lookups.take();
    try {
      lookup.start(key, offset, length);
      long token = tree.epochs.enter();
      try {
        boolean found = find(lookup, of);
        if (found) {
          visitor.value(lookup.valueSegment(), lookup.valueOffset(), lookup.valueLength());
        }
        return found;
      } finally {
        tree.epochs.exit(token);
      }
    } finally {
      lookups.give(lookup);
    }
  }

  /// Copies the value of a key; the result is that of [dev.plinth.spi.Reader#copy].
  long copy(
      MemorySegment key,
      long offset,
      int length,
      @Nullable JungleSnapshot of,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    traits.requireKey(length);
    Lookup lookup = lookups.take();
    try {
      lookup.start(key, offset, length);
      long token = tree.epochs.enter();
      try {
        if (!find(lookup, of)) {
          return -1;
        }
        int needed = lookup.valueLength();
        if (needed > targetLength) {
          return -2 - (long) needed;
        }
        MemorySegment.copy(
            lookup.valueSegment(), lookup.valueOffset(), target, targetOffset, needed);
        return needed;
      } finally {
        tree.epochs.exit(token);
      }
    } finally {
      lookups.give(lookup);
    }
  }

  /// The view is read before the sequence number: what a view misses is newer than the read's
  /// start.
  private boolean find(Lookup lookup, @Nullable JungleSnapshot of) {
    ReadView view = of == null ? tree.view() : of.view();
    boolean found = view.find(lookup, of == null ? tree.visible() : of.sequence(), tree.log());
    operations.increment();
    blocks.add(lookup.blocks());
    return found;
  }
}
