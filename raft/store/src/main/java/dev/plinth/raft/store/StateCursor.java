package dev.plinth.raft.store;

import dev.plinth.spi.Cursor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A cursor over one group's keys that shows them without what stands before them on the engine.
final class StateCursor implements Cursor {
  private final Cursor cursor;
  private final byte[] prefix;

  StateCursor(Cursor cursor, byte[] prefix) {
    this.cursor = cursor;
    this.prefix = prefix;
  }

  private MemorySegment whole(MemorySegment key, long offset, int length) {
    byte[] whole = Arrays.copyOf(prefix, prefix.length + length);
    MemorySegment target = MemorySegment.ofArray(whole);
    MemorySegment.copy(key, offset, target, prefix.length, length);
    return target;
  }

  @Override
  public boolean first() {
    return cursor.first();
  }

  @Override
  public boolean last() {
    return cursor.last();
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    return cursor.seek(whole(key, offset, length), 0, prefix.length + length);
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    return cursor.seekAtOrBefore(whole(key, offset, length), 0, prefix.length + length);
  }

  @Override
  public boolean next() {
    return cursor.next();
  }

  @Override
  public boolean previous() {
    return cursor.previous();
  }

  @Override
  public boolean isValid() {
    return cursor.isValid();
  }

  @Override
  public MemorySegment keySegment() {
    return cursor.keySegment();
  }

  @Override
  public long keyOffset() {
    return cursor.keyOffset() + prefix.length;
  }

  @Override
  public int keyLength() {
    return cursor.keyLength() - prefix.length;
  }

  @Override
  public MemorySegment valueSegment() {
    return cursor.valueSegment();
  }

  @Override
  public long valueOffset() {
    return cursor.valueOffset();
  }

  @Override
  public int valueLength() {
    return cursor.valueLength();
  }

  @Override
  public void close() {
    cursor.close();
  }
}
