package dev.plinth.peers;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;

/// A frozen state of a [HeapStore]; it is let go when the snapshot and every cursor on it are
/// closed.
final class HeapSnapshot implements Snapshot {
  private final HeapEngine engine;
  private final HeapView view;
  private final long sequence;
  private int users = 1;
  private boolean closed;

  HeapSnapshot(HeapEngine engine, HeapView view, long sequence) {
    this.engine = engine;
    this.view = view;
    this.sequence = sequence;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    enter();
    try {
      return engine.show(view.get(HeapEngine.bytes(key, offset, length)), visitor);
    } finally {
      leave();
    }
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    enter();
    try {
      byte[] value = view.get(HeapEngine.bytes(key, offset, length));
      return HeapEngine.copyOut(value, target, targetOffset, targetLength);
    } finally {
      leave();
    }
  }

  @Override
  public Cursor cursor(KeyRange range) {
    enter();
    try {
      HeapWalk walk = view.walk();
      engine.beginLease();
      return new HeapCursor(engine, range, walk, this::leave);
    } catch (RuntimeException e) {
      leave();
      throw e;
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    leave();
    engine.endLease();
  }

  private synchronized void enter() {
    if (closed || engine.isClosed()) {
      throw new StorageException.Closed("the snapshot or its engine was closed");
    }
    users++;
  }

  private synchronized void leave() {
    users--;
    if (users == 0) {
      view.close();
    }
  }
}
