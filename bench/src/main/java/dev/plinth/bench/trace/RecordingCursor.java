package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// A cursor whose movements are recorded: where it was put, and how many entries it showed from
/// there on, backward ones too.
final class RecordingCursor implements Cursor {
  private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

  private final Cursor cursor;
  private final TraceWriter trace;
  private MemorySegment start;
  private int entries;

  RecordingCursor(Cursor cursor, KeyRange range, TraceWriter trace) {
    this.cursor = cursor;
    this.trace = trace;
    byte[] from = range.from();
    this.start = from == null ? NOTHING : MemorySegment.ofArray(from);
  }

  private boolean put(MemorySegment key, boolean found) {
    tell();
    start = key;
    return moved(found);
  }

  private boolean moved(boolean found) {
    entries += found ? 1 : 0;
    return found;
  }

  private void tell() {
    if (entries > 0) {
      trace.record(Kind.SCAN, start, 0, (int) start.byteSize(), entries);
      entries = 0;
    }
  }

  private static MemorySegment copy(MemorySegment key, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(key, offset, MemorySegment.ofArray(bytes), 0, length);
    return MemorySegment.ofArray(bytes);
  }

  @Override
  public boolean first() {
    return put(NOTHING, cursor.first());
  }

  @Override
  public boolean last() {
    boolean found = cursor.last();
    MemorySegment key =
        found ? copy(cursor.keySegment(), cursor.keyOffset(), cursor.keyLength()) : NOTHING;
    return put(key, found);
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    return put(copy(key, offset, length), cursor.seek(key, offset, length));
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    return put(copy(key, offset, length), cursor.seekAtOrBefore(key, offset, length));
  }

  @Override
  public boolean next() {
    return moved(cursor.next());
  }

  @Override
  public boolean previous() {
    return moved(cursor.previous());
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
    tell();
    cursor.close();
  }
}
