package dev.plinth.bench.oracle;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Walks over a map; shows what is in it at each step.
public final class OracleCursor implements Cursor {
  private final NavigableMap<byte[], byte[]> map;
  private @Nullable Entry<byte[], byte[]> entry;

  /// Stands behind the entry while the cursor goes forward.
  private @Nullable Iterator<Entry<byte[], byte[]>> ahead;

  /// A cursor before the first entry.
  public OracleCursor(NavigableMap<byte[], byte[]> map) {
    this.map = map;
  }

  /// The part of a map that a range covers.
  static NavigableMap<byte[], byte[]> within(NavigableMap<byte[], byte[]> map, KeyRange range) {
    byte[] from = range.from();
    byte[] to = range.to();
    if (range.isEmpty()) {
      return map.headMap(new byte[0], false);
    }
    NavigableMap<byte[], byte[]> above = from == null ? map : map.tailMap(from, true);
    return to == null ? above : above.headMap(to, false);
  }

  private Entry<byte[], byte[]> current() {
    if (entry == null) {
      throw new NoSuchElementException("the cursor stands at no entry");
    }
    return entry;
  }

  private boolean to(@Nullable Entry<byte[], byte[]> other) {
    entry = other;
    ahead = null;
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
    Entry<byte[], byte[]> here = entry;
    if (here == null) {
      return first();
    }
    Iterator<Entry<byte[], byte[]>> behind = ahead;
    if (behind == null) {
      behind = map.tailMap(here.getKey(), false).entrySet().iterator();
      ahead = behind;
    }
    entry = behind.hasNext() ? behind.next() : null;
    return entry != null;
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
    return MemorySegment.ofArray(current().getKey());
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    return current().getKey().length;
  }

  @Override
  public MemorySegment valueSegment() {
    return MemorySegment.ofArray(current().getValue());
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    return current().getValue().length;
  }

  @Override
  public void close() {}
}
