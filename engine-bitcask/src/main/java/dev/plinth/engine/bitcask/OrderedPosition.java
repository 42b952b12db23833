package dev.plinth.engine.bitcask;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A place in a tree of [OrderedIndex] that does not change meanwhile: on an entry, or behind all.
/// Not thread-safe; moves are made inside an epoch.
final class OrderedPosition {
  private static final int DEPTH_MAX = 16;

  private final OrderedChild root;
  private final OrderedNode[] nodes = new OrderedNode[DEPTH_MAX];
  private final int[] slots = new int[DEPTH_MAX];
  private int depth;
  private @Nullable OrderedLeaf leaf;
  private int index;

  /// Behind all.
  OrderedPosition(OrderedChild root) {
    this.root = root;
  }

  /// Whether it is behind all entries.
  boolean isEnd() {
    return leaf == null;
  }

  /// The word of the entry.
  long word() {
    OrderedLeaf in = leaf;
    if (in == null) {
      throw new IllegalStateException("behind all entries");
    }
    return in.word(index);
  }

  int index() {
    return index;
  }

  /// The word of a later entry of the same leaf, when that is before an end; else [Slots#EMPTY].
  long wordAhead(int distance, OrderedPosition end) {
    OrderedLeaf in = leaf;
    int ahead = index + distance;
    if (in == null || ahead >= (in == end.leaf ? end.index : in.count())) {
      return Slots.EMPTY;
    }
    return in.word(ahead);
  }

  boolean isAt(OrderedPosition other) {
    return leaf == other.leaf && (leaf == null || index == other.index);
  }

  /// Moves to the place of another position in the same tree.
  void moveTo(OrderedPosition other) {
    depth = other.depth;
    System.arraycopy(other.nodes, 0, nodes, 0, depth);
    System.arraycopy(other.slots, 0, slots, 0, depth);
    leaf = other.leaf;
    index = other.index;
  }

  void moveToEnd() {
    depth = 0;
    leaf = null;
    index = 0;
  }

  void first() {
    depth = 0;
    enter(root, true);
    index = 0;
    skipEmptyForward();
  }

  /// Moves to the first entry whose key is at or behind a key.
  void lowerBound(OrderedKeys keys, MemorySegment key, long offset, int length) {
    depth = 0;
    OrderedChild at = root;
    while (at instanceof OrderedNode node) {
      int slot = node.childOf(key, offset, length);
      nodes[depth] = node;
      slots[depth++] = slot;
      at = node.child(slot);
    }
    OrderedLeaf found = (OrderedLeaf) at;
    leaf = found;
    index = keys.lowerBound(found, key, offset, length);
    skipEmptyForward();
  }

  /// How many entries there are from here up to another position, by a walk over the leaves; moves
  /// there.
  long distanceTo(OrderedPosition end) {
    long count = 0;
    while (leaf != null && leaf != end.leaf) {
      count += leaf.count() - index;
      index = leaf.count();
      skipEmptyForward();
    }
    return leaf == null ? count : Math.max(0, count + end.index - index);
  }

  /// Moves to the next entry, or behind all.
  void next() {
    index++;
    skipEmptyForward();
  }

  /// Moves to the entry before.
  ///
  /// @return false when there is none; then it is behind all
  boolean previous() {
    if (leaf == null) {
      depth = 0;
      enter(root, false);
      index = leaf == null ? 0 : leaf.count();
    }
    while (index == 0) {
      if (!climb(false)) {
        moveToEnd();
        return false;
      }
      index = leaf == null ? 0 : leaf.count();
    }
    index--;
    return true;
  }

  private void skipEmptyForward() {
    while (leaf != null && index >= leaf.count()) {
      if (!climb(true)) {
        moveToEnd();
        return;
      }
      index = 0;
    }
  }

  /// Goes to the leaf beside.
  private boolean climb(boolean forward) {
    while (depth > 0) {
      int level = depth - 1;
      int slot = slots[level] + (forward ? 1 : -1);
      if (slot >= 0 && slot < nodes[level].count()) {
        slots[level] = slot;
        enter(nodes[level].child(slot), forward);
        return true;
      }
      depth--;
    }
    return false;
  }

  /// Goes down to the first or last leaf below.
  private void enter(OrderedChild from, boolean first) {
    OrderedChild at = from;
    while (at instanceof OrderedNode node) {
      int slot = first ? 0 : node.count() - 1;
      nodes[depth] = node;
      slots[depth++] = slot;
      at = node.child(slot);
    }
    leaf = (OrderedLeaf) at;
  }
}
