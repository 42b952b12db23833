package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Takes a range of keys out of a hidden tree: whole subtrees between the two paths to its ends,
/// entries at the ends.
final class RangeDelete {
  private final Tree tree;
  private final PageLayout layout;
  private final byte @Nullable [] from;
  private final byte @Nullable [] to;
  private final MemorySegment fromKey;
  private final MemorySegment toKey;

  /// @param from the first key, null for all from the start
  /// @param to the first key that stays behind them, null for all to the end
  RangeDelete(Tree tree, byte @Nullable [] from, byte @Nullable [] to) {
    this.tree = tree;
    this.layout = tree.layout;
    this.from = from;
    this.to = to;
    this.fromKey = MemorySegment.ofArray(from == null ? new byte[0] : from);
    this.toKey = MemorySegment.ofArray(to == null ? new byte[0] : to);
  }

  void run() {
    cutBehind();
    if (to != null) {
      cutBefore();
    }
    settle(fromKey);
    if (to != null) {
      settle(toKey);
    }
  }

  /// Along the path to the range's start: what lies to the right of it and wholly in the range.
  private void cutBehind() {
    tree.own(fromKey, 0, (int) fromKey.byteSize());
    boolean covered = to == null;
    for (int level = 0; level < tree.depth() - 1; level++) {
      long page = tree.pathPages[level];
      int next = tree.pathSlots[level] + 1;
      boolean nextCovered = next < PageLayout.count(page) ? isAtOrBeforeTo(page, next) : covered;
      while (next < PageLayout.count(page)
          && (next + 1 < PageLayout.count(page) ? isAtOrBeforeTo(page, next + 1) : covered)) {
        dropChild(page, next);
      }
      covered = nextCovered;
    }
    cutLeaf();
  }

  /// Along the path to the range's end: what lies to the left of it and wholly in the range.
  private void cutBefore() {
    tree.own(toKey, 0, (int) toKey.byteSize());
    boolean covered = from == null;
    for (int level = 0; level < tree.depth() - 1; level++) {
      long page = tree.pathPages[level];
      int slot = tree.pathSlots[level];
      boolean nextCovered = slot > 0 ? isAtOrBehindFrom(page, slot) : covered;
      while (slot > 0 && (slot > 1 ? isAtOrBehindFrom(page, slot - 1) : covered)) {
        dropChild(page, --slot);
      }
      tree.pathSlots[level] = slot;
      covered = nextCovered;
    }
    cutLeaf();
  }

  private void cutLeaf() {
    long leaf = tree.pathPages[tree.depth() - 1];
    int first = from == null ? 0 : position(leaf, fromKey);
    int last = to == null ? PageLayout.count(leaf) : position(leaf, toKey);
    tree.removeEntries(leaf, first, Math.max(first, last));
  }

  private int position(long leaf, MemorySegment key) {
    int found = tree.file.keys().find(leaf, LongKeys.STILL, key, 0, (int) key.byteSize());
    return found < 0 ? ~found : found;
  }

  private boolean isAtOrBeforeTo(long page, int index) {
    return to == null || compare(page, index, toKey) <= 0;
  }

  private boolean isAtOrBehindFrom(long page, int index) {
    return from == null || compare(page, index, fromKey) >= 0;
  }

  private int compare(long page, int index, MemorySegment key) {
    return tree.file.keys().order(page, LongKeys.STILL, index, key, 0, (int) key.byteSize());
  }

  private void dropChild(long page, int index) {
    freeSubtree(PageLayout.child(page, index), PageLayout.childCrc(page, index));
    tree.removeChild(page, index);
  }

  /// Merges what was left nearly empty.
  private void settle(MemorySegment key) {
    boolean changed = true;
    while (changed) {
      tree.own(key, 0, (int) key.byteSize());
      changed = false;
      for (int level = tree.depth() - 1; level >= 0 && !changed; level--) {
        changed = tree.merging.rebalance(level);
      }
    }
  }

  /// Frees a page and everything below it. Pages are read one at a time and need no frames.
  private void freeSubtree(long number, int crc) {
    long found = tree.cache.find(number);
    long page;
    if (found != 0) {
      page = found;
    } else {
      page = tree.memory.page(3);
      tree.file.copy(number, crc, tree.memory.segment(), tree.memory.offset(page));
      if (!PageLayout.isLeaf(page)) {
        long own = tree.memory.level(PageLayout.level(page));
        RawMemory.copy(page, own, layout.pageBytes());
        page = own;
      }
    }
    boolean neverDurable = tree.isNeverDurable(page);
    int count = PageLayout.count(page);
    if (PageLayout.isLeaf(page)) {
      for (int i = 0; i < count; i++) {
        tree.forgetEntry(page, i);
      }
    } else {
      for (int i = 0; i < count; i++) {
        tree.extents.freeKey(page, i);
        freeSubtree(PageLayout.child(page, i), PageLayout.childCrc(page, i));
      }
    }
    tree.space.free(number, 1, tree.generation(), neverDurable);
  }
}
