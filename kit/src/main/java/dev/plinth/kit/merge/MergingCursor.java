package dev.plinth.kit.merge;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.MemorySegment;

/// Merges sorted entries of several sources into one order, both ways; a binary heap of cursors
/// with the current one on top.
///
/// Not thread-safe. Entries equal in key and tag, which two sources hold only when they are copies
/// of one, come in any order.
public final class MergingCursor implements AutoCloseable {
  private final KeyWords words;
  private final EntryCursor[] children;
  private final EntryCursor[] heap;
  private int size;
  private boolean backward;

  /// Merges sources; they are closed with this cursor.
  ///
  /// @param words tells keys apart; made for bounds that hold the keys of all tables among the
  ///   sources
  /// @param children the newest source first
  public MergingCursor(KeyWords words, EntryCursor... children) {
    for (EntryCursor child : children) {
      child.words(words);
    }
    this.words = words;
    this.children = children;
    this.heap = new EntryCursor[children.length];
  }

  /// Tells the keys of all sources apart.
  public KeyWords words() {
    return words;
  }

  /// Whether it stands on an entry.
  public boolean isValid() {
    return size > 0;
  }

  /// The source that stands on the current entry; only while valid.
  public EntryCursor top() {
    return heap[0];
  }

  /// Moves to the first entry.
  public void first() {
    for (EntryCursor child : children) {
      child.first();
    }
    rebuild(false);
  }

  /// Moves to the last entry.
  public void last() {
    for (EntryCursor child : children) {
      child.last();
    }
    rebuild(true);
  }

  /// Moves to the first entry at or behind (key, tag).
  public void seek(MemorySegment key, long offset, int length, long tag) {
    for (EntryCursor child : children) {
      child.seek(key, offset, length, tag);
    }
    rebuild(false);
  }

  /// Moves to the last entry before (key, tag).
  public void seekBefore(MemorySegment key, long offset, int length, long tag) {
    for (EntryCursor child : children) {
      child.seekBefore(key, offset, length, tag);
    }
    rebuild(true);
  }

  /// Moves to the next entry; only after a move forward that left it valid.
  public void next() {
    assert !backward && size > 0;
    EntryCursor top = heap[0];
    top.next();
    settle(top);
  }

  /// Moves to the entry before; only after a move backward that left it valid.
  public void previous() {
    assert backward && size > 0;
    EntryCursor top = heap[0];
    top.previous();
    settle(top);
  }

  /// Moves the source on top alone to the first of its entries at or behind (key, tag): passes over
  /// entries of that source that nobody can see. Only after a move forward.
  public void seekTop(MemorySegment key, long offset, int length, long tag) {
    assert !backward && size > 0;
    EntryCursor top = heap[0];
    top.seek(key, offset, length, tag);
    settle(top);
  }

  /// Passes over the rest of the source on top. Only after a move forward.
  public void endTop() {
    assert !backward && size > 0;
    EntryCursor top = heap[0];
    top.end();
    settle(top);
  }

  @Override
  public void close() {
    size = 0;
    for (EntryCursor child : children) {
      child.close();
    }
  }

  private void settle(EntryCursor top) {
    if (!top.isValid()) {
      size--;
      if (size == 0) {
        return;
      }
      heap[0] = heap[size];
    }
    if (size > 1) {
      sink(0);
    }
  }

  private void rebuild(boolean towardsStart) {
    backward = towardsStart;
    size = 0;
    for (EntryCursor child : children) {
      if (child.isValid()) {
        heap[size++] = child;
      }
    }
    for (int i = (size >>> 1) - 1; i >= 0; i--) {
      sink(i);
    }
  }

  private void sink(int start) {
    EntryCursor moving = heap[start];
    int at = start;
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], moving)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moving;
  }

  private boolean before(EntryCursor a, EntryCursor b) {
    return backward ? compare(a, b) > 0 : compare(a, b) < 0;
  }

  /// The order of two entries: by key, then the newer first.
  private static int compare(EntryCursor a, EntryCursor b) {
    if (a.keyWord != b.keyWord) {
      return Long.compareUnsigned(a.keyWord, b.keyWord);
    }
    int order =
        Keys.compare(
            a.keySegment, a.keyOffset, a.keyLength, b.keySegment, b.keyOffset, b.keyLength);
    return order != 0 ? order : Long.compare(b.tag, a.tag);
  }
}
