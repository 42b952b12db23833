package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// An inner node of an [OrderedIndex]: children in order, and the keys that part them. On the heap,
/// less than half a byte for each key of the store. Immutable.
final class OrderedNode implements OrderedChild {
  static final int CHILDREN_MAX = 128;

  /// Separator `i` is behind every key of child `i`, and at or before every key of child `i + 1`.
  private final MemorySegment[] separators;

  private final long[] heads;
  private final OrderedChild[] children;

  OrderedNode(MemorySegment[] separators, OrderedChild[] children) {
    this(separators, heads(separators), children);
  }

  private OrderedNode(MemorySegment[] separators, long[] heads, OrderedChild[] children) {
    assert separators.length == children.length - 1;
    this.separators = separators;
    this.heads = heads;
    this.children = children;
  }

  int count() {
    return children.length;
  }

  OrderedChild child(int index) {
    return children[index];
  }

  /// The child in whose stretch a key lies.
  int childOf(MemorySegment key, long offset, int length) {
    long head = Keys.prefix(key, offset, length);
    int low = 0;
    int high = heads.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(heads[middle], head);
      if (order == 0) {
        MemorySegment separator = separators[middle];
        order = Keys.compare(separator, 0, (int) separator.byteSize(), key, offset, length);
      }
      if (order <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The same with another child.
  OrderedNode with(int index, OrderedChild child) {
    OrderedChild[] changed = children.clone();
    changed[index] = child;
    return new OrderedNode(separators, heads, changed);
  }

  /// The same with one more child behind another.
  OrderedNode withBehind(int index, MemorySegment separator, OrderedChild child) {
    MemorySegment[] moreSeparators = Arrays.copyOf(separators, separators.length + 1);
    System.arraycopy(separators, index, moreSeparators, index + 1, separators.length - index);
    moreSeparators[index] = separator;
    OrderedChild[] more = Arrays.copyOf(children, children.length + 1);
    System.arraycopy(children, index + 1, more, index + 2, children.length - index - 1);
    more[index + 1] = child;
    return new OrderedNode(moreSeparators, more);
  }

  /// The same without a child; there must be another.
  OrderedNode without(int index) {
    OrderedChild[] fewer = new OrderedChild[children.length - 1];
    System.arraycopy(children, 0, fewer, 0, index);
    System.arraycopy(children, index + 1, fewer, index, fewer.length - index);
    int parting = Math.max(0, index - 1);
    MemorySegment[] fewerSeparators = new MemorySegment[separators.length - 1];
    System.arraycopy(separators, 0, fewerSeparators, 0, parting);
    System.arraycopy(
        separators, parting + 1, fewerSeparators, parting, fewerSeparators.length - parting);
    return new OrderedNode(fewerSeparators, fewer);
  }

  /// The separator in front of the second half.
  MemorySegment middle() {
    return separators[children.length / 2 - 1];
  }

  OrderedNode firstHalf() {
    int half = children.length / 2;
    return new OrderedNode(Arrays.copyOf(separators, half - 1), Arrays.copyOf(children, half));
  }

  OrderedNode secondHalf() {
    int half = children.length / 2;
    return new OrderedNode(
        Arrays.copyOfRange(separators, half, separators.length),
        Arrays.copyOfRange(children, half, children.length));
  }

  private static long[] heads(MemorySegment[] separators) {
    long[] heads = new long[separators.length];
    Arrays.setAll(heads, i -> Keys.prefix(separators[i], 0, (int) separators[i].byteSize()));
    return heads;
  }
}
