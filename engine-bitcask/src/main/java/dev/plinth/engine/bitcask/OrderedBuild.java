package dev.plinth.engine.bitcask;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Builds the tree of an [OrderedIndex] from words in key order, level by level from below, with
/// some room in every leaf. Used by one thread.
final class OrderedBuild {
  private static final int LEAF_ENTRIES = OrderedLeaf.ENTRIES_MAX * 7 / 8;
  private static final int NODE_CHILDREN = OrderedNode.CHILDREN_MAX * 7 / 8;

  private final OrderedKeys keys;
  private final Supplier<OrderedLeaf> newLeaf;
  private final long[] words = new long[LEAF_ENTRIES];
  private List<OrderedChild> children = new ArrayList<>();
  private List<MemorySegment> separators = new ArrayList<>();
  private int filled;
  private long last;

  OrderedBuild(OrderedKeys keys, Supplier<OrderedLeaf> newLeaf) {
    this.keys = keys;
    this.newLeaf = newLeaf;
  }

  /// Adds the word of the next key.
  void add(long word) {
    if (filled == LEAF_ENTRIES) {
      endLeaf();
      separators.add(keys.separator(last, word));
    }
    words[filled++] = word;
    last = word;
  }

  /// The tree; at least one word must have been added.
  OrderedChild finish() {
    endLeaf();
    while (children.size() > 1) {
      raise();
    }
    return children.getFirst();
  }

  private void endLeaf() {
    OrderedLeaf leaf = newLeaf.get();
    int shared = keys.sharedBytes(words[0], words[filled - 1]);
    leaf.shared(keys.shared(words[0], shared));
    for (int i = 0; i < filled; i++) {
      leaf.insert(i, keys.prefix(words[i], shared), words[i]);
    }
    children.add(leaf);
    filled = 0;
  }

  /// Puts nodes above what is there.
  private void raise() {
    List<OrderedChild> nodes = new ArrayList<>();
    List<MemorySegment> between = new ArrayList<>();
    for (int from = 0; from < children.size(); from += NODE_CHILDREN) {
      int to = Math.min(children.size(), from + NODE_CHILDREN);
      nodes.add(
          new OrderedNode(
              separators.subList(from, to - 1).toArray(MemorySegment[]::new),
              children.subList(from, to).toArray(OrderedChild[]::new)));
      if (to < children.size()) {
        between.add(separators.get(to - 1));
      }
    }
    children = nodes;
    separators = between;
  }
}
