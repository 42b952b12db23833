package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The ordered index, beside the hash index: a B+tree from keys to the places of their newest
/// records (Bayer and McCreight 1972), with off-heap leaves that hold no keys, and inner nodes of
/// shortened keys on the heap.
///
/// Everyone who reads it reads a frozen [OrderedView], so that the writer needs no latches: it
/// changes leaves in place that no view shows, and copies others, with the path to them (shadowing,
/// as in a file system that takes snapshots; Rodeh 2008). Changed and frozen by one thread at a
/// time (the commit lock), inside an epoch.
final class OrderedIndex implements AutoCloseable {
  private static final int DEPTH_MAX = 16;
  private static final int SPARSE = OrderedLeaf.ENTRIES_MAX / 4;

  private final OrderedKeys keys;
  private final UnitPool pool;
  private final OrderedViews views;
  private OrderedChild root;
  private long size;
  private long generation;
  private boolean changed = true;

  private final OrderedNode[] nodes = new OrderedNode[DEPTH_MAX];
  private final int[] slots = new int[DEPTH_MAX];
  private int depth;

  /// An empty index.
  ///
  /// @param retire runs a task when no reader can be in what was replaced before the call
  OrderedIndex(Records records, Consumer<Runnable> retire) {
    this.keys = new OrderedKeys(records);
    this.pool = new UnitPool(OrderedLeaf.BYTES);
    this.views = new OrderedViews(pool, retire);
    this.root = newLeaf();
  }

  /// How many keys it holds.
  long size() {
    return size;
  }

  /// The off-heap bytes in use, those of leaves that only views show among them.
  long bytes() {
    return pool.bytesInUse();
  }

  /// The off-heap bytes held.
  long bytesAllocated() {
    return pool.bytesAllocated();
  }

  /// The bytes of leaves that only views show.
  long pinnedBytes() {
    return views.pinnedBytes();
  }

  /// Freezes the newest state; the same view again while nothing has changed. To be closed.
  OrderedView freeze() {
    OrderedView view = changed ? null : views.again(generation - 1);
    if (view == null) {
      view = views.open(root, size, generation, keys);
      generation++;
      changed = false;
    }
    return view;
  }

  /// Adds a key that is absent.
  void insert(MemorySegment key, long offset, int length, long word) {
    changed = true;
    OrderedLeaf leaf = own(descend(key, offset, length));
    if (leaf.count() == OrderedLeaf.ENTRIES_MAX) {
      leaf = split(leaf, key, offset, length, word);
    }
    if (leaf.count() == 0) {
      leaf.shared(MemorySegment.ofArray(new byte[0]));
    } else if (keys.beside(leaf, key, offset, length) != 0) {
      share(leaf, keys.sharedLength(leaf.word(0), key, offset, length));
    }
    int shared = (int) leaf.shared().byteSize();
    leaf.insert(
        keys.lowerBound(leaf, key, offset, length),
        Keys.prefix(key, offset + shared, length - shared),
        word);
    size++;
  }

  /// Gives a key that is there another word.
  void replace(MemorySegment key, long offset, int length, long before, long after) {
    changed = true;
    OrderedLeaf leaf = own(descend(key, offset, length));
    leaf.word(require(keys.indexOf(leaf, key, offset, length, before)), after);
  }

  /// Removes a key that is there.
  void remove(MemorySegment key, long offset, int length, long word) {
    changed = true;
    OrderedLeaf leaf = own(descend(key, offset, length));
    int index = require(keys.indexOf(leaf, key, offset, length, word));
    leaf.remove(index, index + 1);
    size--;
    shrink(leaf);
  }

  /// Removes the keys of a range, leaf by leaf, and shows their words before they go.
  ///
  /// @param toLength 0 when the range has no end
  void removeRange(
      MemorySegment from,
      long fromOffset,
      int fromLength,
      long to,
      int toLength,
      LongConsumer gone) {
    changed = true;
    boolean more = true;
    while (more && size > 0) {
      OrderedPosition at = new OrderedPosition(root);
      at.lowerBound(keys, from, fromOffset, fromLength);
      if (at.isEnd()) {
        return;
      }
      MemorySegment first = keys.copyOf(at.word());
      OrderedLeaf leaf = own(descend(first, 0, (int) first.byteSize()));
      int begin = at.index();
      int end = toLength == 0 ? leaf.count() : keys.lowerBound(leaf, from, to, toLength);
      for (int i = begin; i < end; i++) {
        gone.accept(leaf.word(i));
      }
      more = end == leaf.count() && end > begin;
      leaf.remove(begin, Math.max(begin, end));
      size -= Math.max(0, end - begin);
      shrink(leaf);
    }
  }

  /// Fills an empty index.
  ///
  /// @param words of records in the order of their keys, none twice
  void build(OrderedLoad.Sorted words) {
    OrderedBuild build = new OrderedBuild(keys, words.prefixes(), this::newLeaf);
    for (long i = 0; i < words.count(); i++) {
      build.add(words.word(i), words.prefix(i));
    }
    if (words.count() > 0) {
      pool.release(((OrderedLeaf) root).address);
      root = build.finish();
      size = words.count();
    }
  }

  /// Fills an empty index with leaves of the file `INDEX` ([IndexFileFormat]).
  ///
  /// @param files the slot that a file has now, by the one it had
  void load(List<MemorySegment> leaves, int[] files) {
    OrderedBuild build = new OrderedBuild(keys, new OrderedPrefixes(new byte[0], 0), this::newLeaf);
    for (MemorySegment written : leaves) {
      OrderedLeaf leaf = newLeaf();
      leaf.load(written, files);
      build.add(leaf);
      size += leaf.count();
    }
    pool.release(((OrderedLeaf) root).address);
    root = build.finish();
  }

  /// The leaves that hold something, in the order of keys; for who is alone with the index.
  List<OrderedLeaf> leaves() {
    List<OrderedLeaf> leaves = new ArrayList<>();
    gather(root, leaves);
    return leaves;
  }

  private static void gather(OrderedChild child, List<OrderedLeaf> leaves) {
    switch (child) {
      case OrderedLeaf leaf -> {
        if (leaf.count() > 0) {
          leaves.add(leaf);
        }
      }
      case OrderedNode node -> {
        for (int i = 0; i < node.count(); i++) {
          gather(node.child(i), leaves);
        }
      }
    }
  }

  /// Frees everything; nobody reads any more.
  @Override
  public void close() {
    pool.close();
  }

  private OrderedLeaf newLeaf() {
    return new OrderedLeaf(pool.acquireDirty(), generation);
  }

  private static int require(int index) {
    if (index < 0) {
      throw new IllegalStateException("the ordered index lacks a key that the hash index has");
    }
    return index;
  }

  private OrderedLeaf descend(MemorySegment key, long offset, int length) {
    depth = 0;
    OrderedChild at = root;
    while (at instanceof OrderedNode node) {
      int slot = node.childOf(key, offset, length);
      nodes[depth] = node;
      slots[depth++] = slot;
      at = node.child(slot);
    }
    return (OrderedLeaf) at;
  }

  /// The leaf that was descended to, or a copy in its place when a view shows it.
  private OrderedLeaf own(OrderedLeaf leaf) {
    if (leaf.born > views.newestGeneration()) {
      return leaf;
    }
    OrderedLeaf copy = newLeaf();
    copy.shared(leaf.shared());
    copy.append(leaf, 0, leaf.count());
    place(depth, copy);
    views.retire(leaf);
    return copy;
  }

  /// Puts a child in the place where the path leads at a depth.
  private void place(int level, OrderedChild child) {
    OrderedChild placed = child;
    for (int i = level - 1; i >= 0; i--) {
      nodes[i] = nodes[i].with(slots[i], placed);
      placed = nodes[i];
    }
    root = placed;
  }

  /// Makes the numbers of a leaf anew, for keys that share so many bytes.
  private void share(OrderedLeaf leaf, int bytes) {
    if (bytes == leaf.shared().byteSize()) {
      return;
    }
    leaf.shared(keys.shared(leaf.word(0), bytes));
    for (int i = 0; i < leaf.count(); i++) {
      leaf.prefix(i, keys.prefix(leaf.word(i), bytes));
    }
  }

  /// Splits the full leaf that was descended to.
  ///
  /// @return the leaf in which a new key belongs; the path leads to it
  private OrderedLeaf split(
      OrderedLeaf leaf, MemorySegment key, long offset, int length, long word) {
    int at = keys.lowerBound(leaf, key, offset, length);
    boolean appended = at == leaf.count() && isLast();
    int half = appended ? leaf.count() : leaf.count() / 2;
    OrderedLeaf right = newLeaf();
    right.shared(leaf.shared());
    right.append(leaf, half, leaf.count());
    MemorySegment separator =
        keys.separator(leaf.word(half - 1), appended ? word : leaf.word(half));
    leaf.remove(half, leaf.count());
    share(leaf, keys.sharedBytes(leaf.word(0), leaf.word(leaf.count() - 1)));
    if (appended) {
      right.shared(MemorySegment.ofArray(new byte[0]));
    } else {
      share(right, keys.sharedBytes(right.word(0), right.word(right.count() - 1)));
    }
    addBehind(separator, right);
    return descend(key, offset, length);
  }

  private boolean isLast() {
    for (int i = 0; i < depth; i++) {
      if (slots[i] != nodes[i].count() - 1) {
        return false;
      }
    }
    return true;
  }

  /// Adds a child behind the one that the path leads to, splitting nodes that are full.
  private void addBehind(MemorySegment separator, OrderedChild child) {
    MemorySegment parting = separator;
    OrderedChild added = child;
    for (int level = depth - 1; level >= 0; level--) {
      OrderedNode node = nodes[level].withBehind(slots[level], parting, added);
      if (node.count() <= OrderedNode.CHILDREN_MAX) {
        place(level, node);
        return;
      }
      place(level, node.firstHalf());
      parting = node.middle();
      added = node.secondHalf();
    }
    root = new OrderedNode(new MemorySegment[] {parting}, new OrderedChild[] {root, added});
  }

  /// Takes an empty leaf out, and puts a sparse one together with its neighbour.
  private void shrink(OrderedLeaf leaf) {
    if (depth == 0 || leaf.count() >= SPARSE) {
      return;
    }
    if (leaf.count() == 0) {
      drop();
      views.retire(leaf);
      return;
    }
    OrderedNode parent = nodes[depth - 1];
    int slot = slots[depth - 1];
    if (slot + 1 < parent.count()
        && parent.child(slot + 1) instanceof OrderedLeaf next
        && leaf.count() + next.count() <= OrderedLeaf.ENTRIES_MAX * 3 / 4) {
      join(leaf, next);
    }
  }

  /// Takes the next leaf's entries over.
  private void join(OrderedLeaf leaf, OrderedLeaf next) {
    int shared = keys.sharedBytes(leaf.word(0), next.word(next.count() - 1));
    int count = leaf.count();
    leaf.append(next, 0, next.count());
    leaf.shared(keys.shared(leaf.word(0), shared));
    for (int i = 0; i < count + next.count(); i++) {
      leaf.prefix(i, keys.prefix(leaf.word(i), shared));
    }
    slots[depth - 1]++;
    drop();
    views.retire(next);
  }

  /// Takes the child that the path leads to out of its node, and nodes without children with it.
  private void drop() {
    int level = depth - 1;
    while (level >= 0 && nodes[level].count() == 1) {
      level--;
    }
    if (level < 0) {
      root = newLeaf();
      return;
    }
    place(level, nodes[level].without(slots[level]));
    while (root instanceof OrderedNode node && node.count() == 1) {
      root = node.child(0);
    }
  }

  @Override
  public String toString() {
    return size + " keys, path " + Arrays.toString(Arrays.copyOf(slots, depth));
  }
}
