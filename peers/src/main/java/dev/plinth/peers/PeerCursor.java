package dev.plinth.peers;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.StorageException;

/// The rules of [Cursor] that are the same for every peer: where it starts, what a move off either
/// end means, and that it is closed once. Holds a lease of its engine, begun by its maker.
public abstract class PeerCursor implements Cursor {
  private final PeerEngine<?> engine;
  private boolean valid;
  private boolean closed;

  /// A cursor before its first entry.
  protected PeerCursor(PeerEngine<?> engine) {
    this.engine = engine;
  }

  /// Moves to the first entry of the range.
  protected abstract boolean moveFirst();

  /// Moves to the last entry of the range.
  protected abstract boolean moveLast();

  /// Moves from an entry to the next one of the range.
  protected abstract boolean moveNext();

  /// Moves from an entry to the one before it in the range.
  protected abstract boolean movePrevious();

  /// Releases its handles.
  protected abstract void free();

  @Override
  public final boolean first() {
    requireOpen();
    valid = moveFirst();
    return valid;
  }

  @Override
  public final boolean last() {
    requireOpen();
    valid = moveLast();
    return valid;
  }

  @Override
  public final boolean next() {
    requireOpen();
    valid = valid ? moveNext() : moveFirst();
    return valid;
  }

  @Override
  public final boolean previous() {
    requireOpen();
    valid = valid ? movePrevious() : moveLast();
    return valid;
  }

  @Override
  public final boolean isValid() {
    return valid;
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      valid = false;
      try {
        free();
      } finally {
        engine.endLease();
      }
    }
  }

  /// Takes note of where a seek led.
  protected final boolean landed(boolean onEntry) {
    valid = onEntry;
    return onEntry;
  }

  /// Refuses what needs an entry where there is none.
  protected final void requireEntry() {
    if (!valid) {
      requireOpen();
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }

  /// Refuses use after close, of the cursor or of its engine.
  protected final void requireOpen() {
    if (closed || engine.isClosed()) {
      throw new StorageException.Closed("the cursor or its engine was closed");
    }
  }
}
