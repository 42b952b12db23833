package dev.plinth.conformance.seeded;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A cursor that is opened anew at every step, and so shows what was written meanwhile.
final class LiveCursor implements Cursor {
  private final Engine engine;
  private final KeyRange range;
  private Cursor cursor;

  LiveCursor(Engine engine, KeyRange range, Cursor cursor) {
    this.engine = engine;
    this.range = range;
    this.cursor = cursor;
  }

  private Cursor anew() {
    cursor.close();
    cursor = engine.cursor(range);
    return cursor;
  }

  @Override
  public boolean first() {
    return anew().first();
  }

  @Override
  public boolean last() {
    return anew().last();
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    return anew().seek(key, offset, length);
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    return anew().seekAtOrBefore(key, offset, length);
  }

  @Override
  public boolean next() {
    if (!cursor.isValid()) {
      return cursor.next();
    }
    byte[] key = cursor.key();
    boolean found = anew().seek(key);
    boolean isSame = found && Arrays.equals(cursor.key(), key);
    return isSame ? cursor.next() : found;
  }

  @Override
  public boolean previous() {
    if (!cursor.isValid()) {
      return cursor.previous();
    }
    byte[] key = cursor.key();
    boolean found = anew().seekAtOrBefore(key);
    boolean isSame = found && Arrays.equals(cursor.key(), key);
    return isSame ? cursor.previous() : found;
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
    return cursor.keyOffset();
  }

  @Override
  public int keyLength() {
    return cursor.keyLength();
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
