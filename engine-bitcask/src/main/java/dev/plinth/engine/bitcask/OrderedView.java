package dev.plinth.engine.bitcask;

import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// A frozen state of an [OrderedIndex]. Read by any number of threads inside an epoch, while one of
/// its users has not closed it.
final class OrderedView {
  final long generation;
  private final OrderedViews views;
  private final OrderedChild root;
  private final OrderedKeys keys;
  private final long size;

  OrderedView(OrderedViews views, OrderedChild root, long size, long generation, OrderedKeys keys) {
    this.views = views;
    this.root = root;
    this.size = size;
    this.generation = generation;
    this.keys = keys;
  }

  /// How many keys it shows.
  long size() {
    return size;
  }

  OrderedKeys keys() {
    return keys;
  }

  /// A position behind all entries.
  OrderedPosition position() {
    return new OrderedPosition(root);
  }

  /// Finds a key's word; [Slots#EMPTY] when it is absent.
  long find(KeyIndex.Matcher matcher, MemorySegment key, long offset, int length) {
    OrderedChild at = root;
    while (at instanceof OrderedNode node) {
      at = node.child(node.childOf(key, offset, length));
    }
    OrderedLeaf leaf = (OrderedLeaf) at;
    int index = keys.lowerBound(leaf, key, offset, length);
    boolean found = index < leaf.count() && matcher.matches(leaf.word(index), key, offset, length);
    return found ? leaf.word(index) : Slots.EMPTY;
  }

  /// The first entry of a range.
  OrderedPosition low(KeyRange range) {
    OrderedPosition position = position();
    byte[] from = range.from();
    if (from == null) {
      position.first();
    } else {
      position.lowerBound(keys, MemorySegment.ofArray(from), 0, from.length);
    }
    return position;
  }

  /// The first entry behind a range.
  OrderedPosition high(KeyRange range) {
    OrderedPosition position = position();
    byte[] to = range.to();
    if (to != null) {
      position.lowerBound(keys, MemorySegment.ofArray(to), 0, to.length);
    }
    return position;
  }

  /// One more user.
  OrderedView retain() {
    views.retain(this);
    return this;
  }

  /// One user less.
  void release() {
    views.release(this);
  }
}
