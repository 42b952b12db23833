package dev.plinth.peers.lmdb;

import dev.plinth.peers.PeerCursor;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;

/// A cursor of LMDB within bounds; keys and values are shown where LMDB keeps them.
///
/// Cursors of one snapshot share its transaction, which LMDB lets one thread use at a time: they
/// move under the snapshot's lock.
final class LmdbCursor extends PeerCursor {
  private final Cursor<Window> cursor;
  private final @Nullable ReentrantLock shared;
  private final Runnable release;
  private final @Nullable MemorySegment from;
  private final @Nullable MemorySegment to;
  private final Window bound = new Window();
  private MemorySegment target = MemorySegment.NULL;

  /// @param shared the lock of the transaction; null when it is this cursor's own
  /// @param release gives the cursor and its transaction back
  LmdbCursor(
      LmdbEngine engine,
      KeyRange range,
      Cursor<Window> cursor,
      @Nullable ReentrantLock shared,
      Runnable release) {
    super(engine);
    this.cursor = cursor;
    this.shared = shared;
    this.release = release;
    this.from = bound(range.from());
    this.to = bound(range.to());
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    requireOpen();
    lock();
    try {
      Window at = target(key, offset, length);
      if (from != null && compare(at, from) < 0) {
        return landed(atOrAfter(bound.at(from.address(), from.byteSize())));
      }
      return landed(atOrAfter(at));
    } finally {
      unlock();
    }
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    requireOpen();
    lock();
    try {
      Window at = target(key, offset, length);
      if (to != null && compare(at, to) >= 0) {
        return landed(before(to));
      }
      boolean found = cursor.get(at, GetOp.MDB_SET_RANGE);
      if (found && !(cursor.key().bytes() == length && equal(cursor.key(), target, length))) {
        found = cursor.prev();
      } else if (!found) {
        found = cursor.last();
      }
      return landed(found && notBelow());
    } finally {
      unlock();
    }
  }

  @Override
  public MemorySegment keySegment() {
    requireEntry();
    return Window.SHOWN;
  }

  @Override
  public long keyOffset() {
    return cursor.key().address();
  }

  @Override
  public int keyLength() {
    requireEntry();
    return cursor.key().length();
  }

  @Override
  public MemorySegment valueSegment() {
    requireEntry();
    return Window.SHOWN;
  }

  @Override
  public long valueOffset() {
    return cursor.val().address();
  }

  @Override
  public int valueLength() {
    requireEntry();
    return cursor.val().length();
  }

  @Override
  protected boolean moveFirst() {
    lock();
    try {
      return from == null
          ? cursor.first() && notAbove()
          : atOrAfter(bound.at(from.address(), from.byteSize()));
    } finally {
      unlock();
    }
  }

  @Override
  protected boolean moveLast() {
    lock();
    try {
      return to == null ? cursor.last() && notBelow() : before(to);
    } finally {
      unlock();
    }
  }

  @Override
  protected boolean moveNext() {
    lock();
    try {
      return cursor.next() && notAbove();
    } finally {
      unlock();
    }
  }

  @Override
  protected boolean movePrevious() {
    lock();
    try {
      return cursor.prev() && notBelow();
    } finally {
      unlock();
    }
  }

  @Override
  protected void free() {
    lock();
    try {
      release.run();
    } finally {
      unlock();
    }
  }

  private boolean atOrAfter(Window key) {
    return cursor.get(key, GetOp.MDB_SET_RANGE) && notAbove();
  }

  private boolean before(MemorySegment end) {
    boolean found =
        cursor.get(bound.at(end.address(), end.byteSize()), GetOp.MDB_SET_RANGE)
            ? cursor.prev()
            : cursor.last();
    return found && notBelow();
  }

  private boolean notAbove() {
    return to == null || compare(cursor.key(), to) < 0;
  }

  private boolean notBelow() {
    return from == null || compare(cursor.key(), from) >= 0;
  }

  private Window target(MemorySegment key, long offset, int length) {
    if (target.byteSize() < length) {
      target = Arena.ofAuto().allocate(Math.max(64, length), 8);
    }
    MemorySegment.copy(key, offset, target, 0, length);
    return new Window().at(target.address(), length);
  }

  private static int compare(Window key, MemorySegment bound) {
    return Window.compare(key.address(), key.bytes(), bound.address(), bound.byteSize());
  }

  private static boolean equal(Window key, MemorySegment other, int length) {
    return Window.compare(key.address(), length, other.address(), length) == 0;
  }

  private static @Nullable MemorySegment bound(byte @Nullable [] key) {
    if (key == null) {
      return null;
    }
    MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, key.length), 8);
    MemorySegment.copy(MemorySegment.ofArray(key), 0, copy, 0, key.length);
    return copy.asSlice(0, key.length);
  }

  private void lock() {
    if (shared != null) {
      shared.lock();
    }
  }

  private void unlock() {
    if (shared != null) {
      shared.unlock();
    }
  }
}
