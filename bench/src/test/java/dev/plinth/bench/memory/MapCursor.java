package dev.plinth.bench.memory;

import dev.plinth.spi.Cursor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map.Entry;
import java.util.NavigableMap;

/** Walks over a map. */
final class MapCursor implements Cursor {
  private final NavigableMap<byte[], byte[]> map;
  private Entry<byte[], byte[]> entry;

  MapCursor(NavigableMap<byte[], byte[]> map) {
    this.map = map;
  }

  private boolean to(Entry<byte[], byte[]> other) {
    entry = other;
    return entry != null;
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public boolean first() {
    return to(map.firstEntry());
  }

  @Override
  public boolean last() {
    return to(map.lastEntry());
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    return to(map.ceilingEntry(bytes(key, offset, length)));
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    return to(map.floorEntry(bytes(key, offset, length)));
  }

  @Override
  public boolean next() {
    return to(entry == null ? map.firstEntry() : map.higherEntry(entry.getKey()));
  }

  @Override
  public boolean previous() {
    return to(entry == null ? map.lastEntry() : map.lowerEntry(entry.getKey()));
  }

  @Override
  public boolean isValid() {
    return entry != null;
  }

  @Override
  public MemorySegment keySegment() {
    return MemorySegment.ofArray(entry.getKey());
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    return entry.getKey().length;
  }

  @Override
  public MemorySegment valueSegment() {
    return MemorySegment.ofArray(entry.getValue());
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    return entry.getValue().length;
  }

  @Override
  public void close() {}
}
