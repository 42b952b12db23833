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
  private final OrderedPrefixes known;
  private final Supplier<OrderedLeaf> newLeaf;
  private final long[] words = new long[LEAF_ENTRIES];
  private final long[] prefixes = new long[LEAF_ENTRIES];
  private List<OrderedChild> children = new ArrayList<>();
  private List<MemorySegment> separators = new ArrayList<>();
  private int filled;
  private long last;

  /// @param known what the prefixes of all words tell
  OrderedBuild(OrderedKeys keys, OrderedPrefixes known, Supplier<OrderedLeaf> newLeaf) {
    this.keys = keys;
    this.known = known;
    this.newLeaf = newLeaf;
  }

  /// Adds the word of the next key.
  ///
  /// @param prefix the eight bytes of the key behind what all keys share
  void add(long word, long prefix) {
    if (filled == LEAF_ENTRIES) {
      endLeaf();
      separators.add(keys.separator(last, word));
    }
    prefixes[filled] = prefix;
    words[filled++] = word;
    last = word;
  }

  /// Adds a leaf whose keys come next; no words must be added beside leaves.
  void add(OrderedLeaf leaf) {
    if (!children.isEmpty()) {
      separators.add(keys.separator(last, leaf.word(0)));
    }
    children.add(leaf);
    last = leaf.word(leaf.count() - 1);
  }

  /// The tree; at least one word must have been added.
  OrderedChild finish() {
    if (filled > 0) {
      endLeaf();
    }
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
      long prefix =
          known.tell(shared) ? known.at(shared, prefixes[i]) : keys.prefix(words[i], shared);
      leaf.insert(i, prefix, words[i]);
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
