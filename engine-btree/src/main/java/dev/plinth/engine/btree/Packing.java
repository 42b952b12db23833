package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.MemorySegment;

/// Moves through a hidden tree leaf by leaf, fills leaves from their right neighbours, and moves
/// pages and long values that lie behind a limit to the front of the file.
///
/// Used by the writer only, with both locks held, inside an epoch.
final class Packing {
  /// A step's answer: the tree ends here.
  static final int END = -1;

  /// A step's answer: something was merged, look at the same key again.
  static final int AGAIN = -2;

  private final Tree tree;
  private final PageLayout layout;
  private final boolean fill;
  private long movedPages;

  /// @param fill whether to fill leaves, or to move pages only
  Packing(Tree tree, boolean fill) {
    this.tree = tree;
    this.fill = fill;
    this.layout = tree.layout;
  }

  long movedPages() {
    return movedPages;
  }

  /// Improves the leaf of a key.
  ///
  /// @param limit pages from this number on are moved, if there is room before
  /// @param next gets the first key behind the leaf
  /// @return the length of that key, or [#END], or [#AGAIN]
  int step(MemorySegment key, int length, long limit, MemorySegment next) {
    tree.descend(key, 0, length);
    int level = tree.depth() - 1;
    int nextLength = upperBound(level, next);
    if (fill && level > 0 && improve(key, length, level)) {
      return AGAIN;
    }
    for (int above = level - 1; fill && above > 0; above--) {
      if (mergeInner(key, length, above)) {
        return AGAIN;
      }
    }
    move(key, length, limit);
    return nextLength;
  }

  private int upperBound(int level, MemorySegment next) {
    for (int i = level - 1; i >= 0; i--) {
      long page = tree.pathPages[i];
      int slot = tree.pathSlots[i] + 1;
      if (slot < PageLayout.count(page)) {
        return tree.file.keys().read(page, slot, next, 0);
      }
    }
    return END;
  }

  /// Merges a leaf with its right neighbour, or fills it from there.
  ///
  /// @return whether they were merged
  private boolean improve(MemorySegment key, int length, int level) {
    long parent = tree.pathPages[level - 1];
    int slot = tree.pathSlots[level - 1];
    if (slot + 1 >= PageLayout.count(parent)) {
      return false;
    }
    int cut = collectAndCut(parent, slot);
    int before = PageLayout.count(tree.pathPages[level]);
    if (cut == tree.builder.count()) {
      tree.own(key, 0, length);
      boolean merged = tree.merging.merge(level, slot);
      movedPages += merged ? 1 : 0;
      return merged;
    }
    int gained = 0;
    for (int i = before; i < cut; i++) {
      gained += tree.builder.entryBytes(i, 0);
    }
    if (gained > layout.capacity() / 8) {
      tree.own(key, 0, length);
      shift(level);
    }
    return false;
  }

  private int collectAndCut(long parent, int slot) {
    long left = tree.read(PageLayout.child(parent, slot), PageLayout.childCrc(parent, slot));
    long right =
        tree.read(PageLayout.child(parent, slot + 1), PageLayout.childCrc(parent, slot + 1));
    tree.merging.collect(parent, slot, left, right);
    return tree.builder.fill(layout.capacity());
  }

  private void shift(int level) {
    long parent = tree.pathPages[level - 1];
    int slot = tree.pathSlots[level - 1];
    int cut = collectAndCut(parent, slot);
    long left = tree.pathPages[level];
    long rightNumber = PageLayout.child(parent, slot + 1);
    long right = tree.read(rightNumber, PageLayout.childCrc(parent, slot + 1));
    boolean rightOwn = tree.isNeverDurable(right);
    long separator = tree.memory.key(3);
    int separatorField = tree.extents.separator(tree.builder, cut, separator);
    long newLeft = tree.fresh(0, cut, PageLayout.level(left));
    long newRight = tree.fresh(cut, tree.builder.count(), PageLayout.level(left));
    tree.space.free(tree.pathNumbers[level], 1, tree.generation(), true);
    tree.space.free(rightNumber, 1, tree.generation(), rightOwn);
    tree.removeChild(parent, slot + 1);
    tree.addToParent(level, newLeft, separator, separatorField, newRight);
    movedPages += 2;
  }

  /// Merges an inner page of the path with its right neighbour when the path runs along its end.
  private boolean mergeInner(MemorySegment key, int length, int level) {
    long page = tree.pathPages[level];
    long parent = tree.pathPages[level - 1];
    int slot = tree.pathSlots[level - 1];
    if (tree.pathSlots[level] < PageLayout.count(page) - 1
        || slot + 1 >= PageLayout.count(parent)) {
      return false;
    }
    long right =
        tree.read(PageLayout.child(parent, slot + 1), PageLayout.childCrc(parent, slot + 1));
    if (layout.usedBytes(page) + layout.usedBytes(right) + layout.pageBytes() / 4
        > layout.capacity()) {
      return false;
    }
    tree.own(key, 0, length);
    return tree.merging.merge(level, slot);
  }

  /// Moves what lies behind the limit: owning a page of an older generation moves it to the first
  /// free page.
  private void move(MemorySegment key, int length, long limit) {
    tree.descend(key, 0, length);
    boolean behind = false;
    for (int i = 0; i < tree.depth(); i++) {
      behind |= tree.pathNumbers[i] >= limit;
    }
    boolean extents = tree.hasExtents() && hasExtentsBehind(limit);
    if (!behind && !extents) {
      return;
    }
    tree.own(key, 0, length);
    movedPages += tree.depth();
    for (int i = 0; i < tree.depth() && extents; i++) {
      moveExtents(tree.pathPages[i], limit);
    }
  }

  private boolean hasExtentsBehind(long limit) {
    for (int i = 0; i < tree.depth(); i++) {
      long page = tree.pathPages[i];
      for (int j = 0; j < PageLayout.count(page); j++) {
        if (isKeyBehind(page, j, limit) || isValueBehind(page, j, limit)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isKeyBehind(long page, int index, long limit) {
    return PageLayout.isLongKey(page, index)
        && RawMemory.getLong(PageLayout.keyReference(page, index)) >= limit;
  }

  private static boolean isValueBehind(long page, int index, long limit) {
    return PageLayout.isLeaf(page)
        && (PageLayout.valueField(page, index) & PageFormat.EXTENT) != 0
        && RawMemory.getLong(PageLayout.payload(page, index)) >= limit;
  }

  private void moveExtents(long page, long limit) {
    long moved = tree.memory.key(3);
    for (int i = 0; i < PageLayout.count(page); i++) {
      if (isKeyBehind(page, i, limit)) {
        int pages = tree.extents.move(PageLayout.keyReference(page, i), moved);
        if (pages > 0) {
          PageEditor.moveKey(page, i, moved);
          movedPages += pages;
        }
      }
      if (isValueBehind(page, i, limit)) {
        int pages = tree.extents.move(PageLayout.payload(page, i), moved);
        if (pages > 0) {
          PageEditor.overwrite(page, i, PageLayout.valueField(page, i), moved);
          movedPages += pages;
        }
      }
    }
  }
}
