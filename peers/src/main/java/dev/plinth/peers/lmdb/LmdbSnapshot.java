package dev.plinth.peers.lmdb;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.lmdbjava.Txn;

/// A read transaction of LMDB, used by one thread at a time under its lock. It ends when the
/// snapshot and every cursor on it are closed.
final class LmdbSnapshot implements Snapshot {
  private static final int KEY_BYTES = 512;

  private final LmdbEngine engine;
  private final LmdbStore store;
  private final Txn<Window> txn;
  private final long sequence;
  private final ReentrantLock lock = new ReentrantLock();
  private final MemorySegment key = Arena.ofAuto().allocate(KEY_BYTES, 8);
  private final Window window = new Window();
  private int users = 1;
  private boolean closed;

  LmdbSnapshot(LmdbEngine engine, LmdbStore store, Txn<Window> txn, long sequence) {
    this.engine = engine;
    this.store = store;
    this.txn = txn;
    this.sequence = sequence;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment from, long offset, int length, ValueVisitor visitor) {
    engine.traits().requireKey(length);
    lock.lock();
    try {
      requireOpen();
      MemorySegment.copy(from, offset, key, 0, length);
      Window value = store.get(txn, window.at(key.address(), length));
      if (value == null) {
        return false;
      }
      visitor.value(Window.SHOWN, value.address(), value.length());
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long copy(
      MemorySegment from,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    long[] result = {-1};
    read(
        from,
        offset,
        length,
        (segment, start, size) ->
            result[0] =
                LmdbEngine.copyOut(segment, start, size, target, targetOffset, targetLength));
    return result[0];
  }

  @Override
  public Cursor cursor(KeyRange range) {
    lock.lock();
    try {
      requireOpen();
      org.lmdbjava.Cursor<Window> cursor = store.cursor(txn);
      engine.beginLease();
      users++;
      return new LmdbCursor(
          engine,
          range,
          cursor,
          lock,
          () -> {
            cursor.close();
            leave();
          });
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        leave();
        engine.endLease();
      }
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    users--;
    if (users == 0) {
      txn.close();
    }
  }

  private void requireOpen() {
    if (closed || engine.isClosed()) {
      throw new StorageException.Closed("the snapshot or its engine was closed");
    }
  }
}
