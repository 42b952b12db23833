package dev.plinth.engine.bitcask;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The open views of an [OrderedIndex], and the replaced leaves that only they show. A leaf waits
/// with the newest view that shows it; when that one goes it moves on to the one before, or is
/// freed (the dead lists of ZFS). Thread-safe.
final class OrderedViews {
  private final UnitPool pool;
  private final Consumer<Runnable> retire;
  private final TreeMap<Long, Open> open = new TreeMap<>();
  private volatile long newestGeneration = -1;
  private volatile long pinned;

  private static final class Open {
    private final OrderedView view;
    private final List<OrderedLeaf> leaves = new ArrayList<>();
    private int users = 1;

    Open(OrderedView view) {
      this.view = view;
    }
  }

  OrderedViews(UnitPool pool, Consumer<Runnable> retire) {
    this.pool = pool;
    this.retire = retire;
  }

  /// The generation of the newest open view; -1 when there is none.
  long newestGeneration() {
    return newestGeneration;
  }

  /// The bytes of leaves that only views show.
  long pinnedBytes() {
    return pinned * OrderedLeaf.BYTES;
  }

  synchronized OrderedView open(OrderedChild root, long size, long generation, OrderedKeys keys) {
    OrderedView view = new OrderedView(this, root, size, generation, keys);
    open.put(generation, new Open(view));
    newestGeneration = generation;
    return view;
  }

  /// The view of a generation, with one more user; null when it is not open.
  synchronized @Nullable OrderedView again(long generation) {
    Open of = open.get(generation);
    if (of == null) {
      return null;
    }
    of.users++;
    return of.view;
  }

  synchronized void retain(OrderedView view) {
    Open of = open.get(view.generation);
    if (of == null) {
      throw new IllegalStateException("the view was closed");
    }
    of.users++;
  }

  void release(OrderedView view) {
    List<OrderedLeaf> free = new ArrayList<>();
    synchronized (this) {
      Open of = open.get(view.generation);
      if (of == null || --of.users > 0) {
        return;
      }
      open.remove(view.generation);
      newestGeneration = open.isEmpty() ? -1 : open.lastKey();
      Map.Entry<Long, Open> before = open.lowerEntry(view.generation);
      for (OrderedLeaf leaf : of.leaves) {
        if (before != null && before.getKey() >= leaf.born) {
          before.getValue().leaves.add(leaf);
        } else {
          free.add(leaf);
        }
      }
      pinned -= free.size();
    }
    free(free);
  }

  /// Frees a leaf that is not in the newest tree any more, when no view shows it either.
  void retire(OrderedLeaf leaf) {
    synchronized (this) {
      Map.Entry<Long, Open> last = open.lastEntry();
      if (last != null && last.getKey() >= leaf.born) {
        last.getValue().leaves.add(leaf);
        pinned++;
        return;
      }
    }
    free(List.of(leaf));
  }

  private void free(List<OrderedLeaf> leaves) {
    if (!leaves.isEmpty()) {
      retire.accept(() -> leaves.forEach(leaf -> pool.release(leaf.address)));
    }
  }
}
