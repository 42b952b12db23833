package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.SlabPool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where the entries of one group stand: off-heap slots in the order of their indexes, one for each
/// run of entries that follow one another in one record with one term.
///
/// ```
/// +-------+------+------+----------+--------+--------+
/// | first | last | term | position | offset | length |
/// +-------+------+------+----------+--------+--------+
///     8      8      8        8         4        4
/// ```
///
/// `position` is that of the record, `offset` where the run's first header begins in its body.
/// Slots are named by numbers that ascend for ever. Guarded by the group's lock.
final class SlotIndex {
  static final int SLOT_BYTES = 40;

  private static final int LAST = 8;
  private static final int TERM = 16;
  private static final int POSITION = 24;
  private static final int OFFSET = 32;
  private static final int LENGTH = 36;

  private final SlabPool pool;
  private final int perSlab;
  private SlabPool.@Nullable Slab[] slabs = new SlabPool.@Nullable Slab[4];
  private long slabBase;
  private int slabCount;
  private long head;
  private long tail;
  private long bytes;
  private long reservedTo;

  SlotIndex(SlabPool pool) {
    this.pool = pool;
    this.perSlab = pool.slabBytes() / SLOT_BYTES;
  }

  boolean isEmpty() {
    return head == tail;
  }

  /// The number of the first slot.
  long head() {
    return head;
  }

  /// The number behind the last slot.
  long tail() {
    return tail;
  }

  /// The encoded bytes of all runs.
  long bytes() {
    return bytes;
  }

  /// Makes room for some more slots, which truncation leaves until [#endReserve()].
  void reserve(int count) {
    reservedTo = tail + count;
    if (slabCount == 0) {
      slabBase = tail / perSlab;
    }
    while ((slabBase + slabCount) * perSlab < tail + count) {
      SlabPool.Slab slab = pool.acquire();
      if (slabCount == slabs.length) {
        slabs = Arrays.copyOf(slabs, 2 * slabCount);
      }
      slabs[slabCount++] = slab;
    }
  }

  /// The room that was reserved is used, as far as it is needed.
  void endReserve() {
    reservedTo = 0;
  }

  /// Adds a slot at the end, for which room was reserved.
  void add(long first, long last, long term, long position, int offset, int length) {
    MemorySegment slab = slab(tail);
    long at = at(tail);
    slab.set(Layouts.LONG, at, first);
    slab.set(Layouts.LONG, at + LAST, last);
    slab.set(Layouts.LONG, at + TERM, term);
    slab.set(Layouts.LONG, at + POSITION, position);
    slab.set(Layouts.INT, at + OFFSET, offset);
    slab.set(Layouts.INT, at + LENGTH, length);
    bytes += length;
    tail++;
  }

  long first(long slot) {
    return slab(slot).get(Layouts.LONG, at(slot));
  }

  long last(long slot) {
    return slab(slot).get(Layouts.LONG, at(slot) + LAST);
  }

  long term(long slot) {
    return slab(slot).get(Layouts.LONG, at(slot) + TERM);
  }

  long position(long slot) {
    return slab(slot).get(Layouts.LONG, at(slot) + POSITION);
  }

  int offset(long slot) {
    return slab(slot).get(Layouts.INT, at(slot) + OFFSET);
  }

  int length(long slot) {
    return slab(slot).get(Layouts.INT, at(slot) + LENGTH);
  }

  /// Says that a slot's run stands in another record now.
  void move(long slot, long position, int offset) {
    slab(slot).set(Layouts.LONG, at(slot) + POSITION, position);
    slab(slot).set(Layouts.INT, at(slot) + OFFSET, offset);
  }

  /// The first slot whose last index is at or behind an index; [#tail()] when there is none.
  long atOrBehind(long index) {
    long low = head;
    long high = tail;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (last(middle) < index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The first slot whose record is at or behind a position, where slots before it are all below:
  /// so it is for the end of what is durable.
  long notBelow(long position) {
    long low = head;
    long high = tail;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (position(middle) < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Removes everything from an index on.
  void truncateFrom(long index) {
    while (tail > head && first(tail - 1) >= index) {
      tail--;
      bytes -= length(tail);
    }
    if (tail > head && last(tail - 1) >= index) {
      slab(tail - 1).set(Layouts.LONG, at(tail - 1) + LAST, index - 1);
    }
    long needed = (Math.max(tail, reservedTo) + perSlab - 1) / perSlab;
    while (slabCount > 0 && slabBase + slabCount > needed) {
      releaseLast();
    }
  }

  /// Removes the slots that end before an index.
  void dropBelow(long index) {
    while (head < tail && last(head) < index) {
      bytes -= length(head);
      head++;
    }
    int gone = (int) Math.min(slabCount, head / perSlab - slabBase);
    if (gone > 0) {
      for (int i = 0; i < gone; i++) {
        pool.release(Objects.requireNonNull(slabs[i]));
      }
      System.arraycopy(slabs, gone, slabs, 0, slabCount - gone);
      Arrays.fill(slabs, slabCount - gone, slabCount, null);
      slabCount -= gone;
      slabBase += gone;
    }
  }

  /// Removes everything.
  void clear() {
    head = tail;
    bytes = 0;
    reservedTo = 0;
    while (slabCount > 0) {
      releaseLast();
    }
  }

  private void releaseLast() {
    pool.release(Objects.requireNonNull(slabs[--slabCount]));
    slabs[slabCount] = null;
  }

  private MemorySegment slab(long slot) {
    return Objects.requireNonNull(slabs[(int) (slot / perSlab - slabBase)]).segment();
  }

  private long at(long slot) {
    return slot % perSlab * SLOT_BYTES;
  }
}
