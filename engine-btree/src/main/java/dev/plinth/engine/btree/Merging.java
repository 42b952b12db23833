package dev.plinth.engine.btree;

import dev.plinth.spi.StorageException;

/// Makes one page of two that are nearly empty, takes empty ones out, and takes levels off a tree
/// that needs them no more, along the path that the tree's writer stands on.
final class Merging {
  private final Tree tree;

  Merging(Tree tree) {
    this.tree = tree;
  }

  /// Merges the page at a level of the path with a neighbour when it is nearly empty, and takes it
  /// out when it is empty; then looks at the level above.
  ///
  /// @return whether the tree was changed
  boolean rebalance(int level) {
    long page = tree.pathPages[level];
    if (level == 0) {
      return collapseRoot();
    }
    if (PageLayout.count(page) == 0) {
      return removeEmpty(level);
    }
    if (tree.layout.usedBytes(page) >= tree.layout.capacity() / 4) {
      return false;
    }
    int slot = tree.pathSlots[level - 1];
    int siblings = PageLayout.count(tree.pathPages[level - 1]);
    return (slot + 1 < siblings && merge(level, slot)) || (slot > 0 && merge(level, slot - 1));
  }

  private boolean collapseRoot() {
    boolean collapsed = false;
    while (true) {
      Tree.Root root = tree.root();
      long page = tree.read(root.number(), root.crc());
      if (PageLayout.isLeaf(page) || PageLayout.count(page) > 1) {
        return collapsed;
      }
      long number = root.number();
      boolean own = tree.isNeverDurable(page);
      tree.setRoot(PageLayout.child(page, 0), PageLayout.childCrc(page, 0));
      tree.space.free(number, 1, tree.generation(), own);
      collapsed = true;
    }
  }

  /// Takes an empty page out, and those above it that hold nothing else.
  private boolean removeEmpty(int level) {
    int above = level - 1;
    while (above >= 0 && PageLayout.count(tree.pathPages[above]) == 1) {
      above--;
    }
    if (above < 0) {
      if (level == 0 || !PageLayout.isLeaf(tree.pathPages[level])) {
        return false;
      }
      tree.setRoot(tree.pathNumbers[level], 0);
      freePath(0, level);
      return true;
    }
    tree.removeChild(tree.pathPages[above], tree.pathSlots[above]);
    freePath(above + 1, level + 1);
    rebalance(above);
    return true;
  }

  private void freePath(int from, int to) {
    for (int i = from; i < to; i++) {
      tree.space.free(tree.pathNumbers[i], 1, tree.generation(), true);
    }
  }

  /// Makes one page of two neighbours when they fit.
  ///
  /// @param slot of the left one in the page above
  boolean merge(int level, int slot) {
    long parent = tree.pathPages[level - 1];
    long left;
    long right;
    try {
      left = tree.read(PageLayout.child(parent, slot), PageLayout.childCrc(parent, slot));
      right = tree.read(PageLayout.child(parent, slot + 1), PageLayout.childCrc(parent, slot + 1));
    } catch (StorageException.Corrupt e) {
      // The removal itself is done and right; whoever reads the damaged neighbour is told.
      return false;
    }
    if (tree.layout.usedBytes(left) + tree.layout.usedBytes(right) > tree.layout.capacity()) {
      return false;
    }
    collect(parent, slot, left, right);
    if (tree.builder.runBytes(0, tree.builder.count()) > tree.layout.capacity()) {
      return false;
    }
    long leftNumber = PageLayout.number(left);
    long rightNumber = PageLayout.number(right);
    boolean leftOwn = tree.isNeverDurable(left);
    boolean rightOwn = tree.isNeverDurable(right);
    long merged = tree.fresh(0, tree.builder.count(), PageLayout.level(left));
    if (PageLayout.isLeaf(left)) {
      // That of inner pages has become a key of the merged page.
      tree.extents.freeKey(parent, slot + 1);
    }
    PageEditor.mergeChildren(parent, slot, merged);
    tree.space.free(leftNumber, 1, tree.generation(), leftOwn);
    tree.space.free(rightNumber, 1, tree.generation(), rightOwn);
    rebalance(level - 1);
    return true;
  }

  /// Collects the entries of two neighbours in the builder.
  void collect(long parent, int slot, long left, long right) {
    boolean leaf = PageLayout.isLeaf(left);
    PageBuilder builder = tree.builder;
    builder.begin(leaf);
    builder.add(left, 0, PageLayout.count(left));
    if (leaf) {
      builder.add(right, 0, PageLayout.count(right));
    } else {
      long separator = tree.memory.key(3);
      int field = tree.layout.copyKey(parent, slot + 1, separator);
      builder.addChild(separator, field, right + PageLayout.cell(right, 0));
      builder.add(right, 1, PageLayout.count(right));
    }
  }
}
