package dev.plinth.lsm;

import dev.plinth.kit.merge.Tag;
import dev.plinth.lsm.table.Lookup;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;

/// Point reads of the tree, newest state or snapshot. Any thread may call it.
final class TreeReads {
  /// Reads the newest state.
  static final long NEWEST = Tag.SEQUENCE_MAX;

  private final Tree tree;
  private final EngineTraits traits;
  private final LookupPool lookups = new LookupPool();
  private final LongAdder operations = new LongAdder();
  private final LongAdder blocks = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder falsePasses = new LongAdder();

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

  /// How many tables filters made reads pass over.
  long refused() {
    return refused.sum();
  }

  /// How many tables were searched in vain.
  long falsePasses() {
    return falsePasses.sum();
  }

  /// Shows the value of a key to a visitor.
  ///
  /// @param atMost reads as of this sequence number, or [#NEWEST]
  boolean read(MemorySegment key, long offset, int length, long atMost, ValueVisitor visitor) {
    traits.requireKey(length);
    Lookup lookup = lookups.take();
    try {
      lookup.start(key, offset, length);
      long token = tree.epochs.enter();
      try {
        boolean found = find(lookup, atMost);
        if (found) {
          visitor.value(lookup.valueSegment(), lookup.valueOffset(), lookup.valueLength());
        }
        return found;
      } finally {
        tree.epochs.exit(token);
      }
    } finally {
      lookup.end();
      lookups.give(lookup);
    }
  }

  /// Copies the value of a key; the result is that of [dev.plinth.spi.Reader#copy].
  long copy(
      MemorySegment key,
      long offset,
      int length,
      long atMost,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    traits.requireKey(length);
    Lookup lookup = lookups.take();
    try {
      lookup.start(key, offset, length);
      long token = tree.epochs.enter();
      try {
        if (!find(lookup, atMost)) {
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
      lookup.end();
      lookups.give(lookup);
    }
  }

  /// The view is read before the sequence number: what a view misses is newer than the read's
  /// start.
  private boolean find(Lookup lookup, long atMost) {
    ReadView view = tree.view();
    boolean found = view.find(lookup, Math.min(tree.visible(), atMost));
    operations.increment();
    blocks.add(lookup.blocks());
    if (lookup.refused() > 0) {
      refused.add(lookup.refused());
    }
    if (lookup.falsePasses() > 0) {
      falsePasses.add(lookup.falsePasses());
    }
    return found;
  }
}
