package dev.plinth.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A cursor in checked mode: key and value are copies that die with the next move. See
/// [CheckedEngine].
final class CheckedCursor implements Cursor {
  private final Cursor cursor;
  private final Consumer<AutoCloseable> release;
  private @Nullable Arena arena;
  private MemorySegment key = MemorySegment.NULL;
  private MemorySegment value = MemorySegment.NULL;

  CheckedCursor(Cursor cursor, Consumer<AutoCloseable> release) {
    this.cursor = cursor;
    this.release = release;
  }

  @Override
  public boolean first() {
    expire();
    return show(cursor.first());
  }

  @Override
  public boolean last() {
    expire();
    return show(cursor.last());
  }

  @Override
  public boolean seek(MemorySegment target, long offset, int length) {
    boolean found = cursor.seek(target, offset, length);
    expire();
    return show(found);
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment target, long offset, int length) {
    boolean found = cursor.seekAtOrBefore(target, offset, length);
    expire();
    return show(found);
  }

  @Override
  public boolean next() {
    expire();
    return show(cursor.next());
  }

  @Override
  public boolean previous() {
    expire();
    return show(cursor.previous());
  }

  @Override
  public boolean isValid() {
    return cursor.isValid();
  }

  @Override
  public MemorySegment keySegment() {
    requireValid();
    return key;
  }

  @Override
  public long keyOffset() {
    requireValid();
    return 0;
  }

  @Override
  public int keyLength() {
    requireValid();
    return cursor.keyLength();
  }

  @Override
  public MemorySegment valueSegment() {
    requireValid();
    return value;
  }

  @Override
  public long valueOffset() {
    requireValid();
    return 0;
  }

  @Override
  public int valueLength() {
    requireValid();
    return cursor.valueLength();
  }

  @Override
  public void close() {
    release.accept(this);
    expire();
    cursor.close();
  }

  private boolean show(boolean valid) {
    if (valid) {
      arena = Arena.ofShared();
      key =
          CheckedEngine.copyOf(cursor.keySegment(), cursor.keyOffset(), cursor.keyLength(), arena);
      value =
          CheckedEngine.copyOf(
              cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength(), arena);
    }
    return valid;
  }

  private void expire() {
    if (arena != null) {
      arena.close();
      arena = null;
    }
  }

  private void requireValid() {
    if (arena == null) {
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }
}
