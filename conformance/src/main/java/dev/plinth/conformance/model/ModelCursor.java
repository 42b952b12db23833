package dev.plinth.conformance.model;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A cursor over a frozen state of a [ModelEngine].
final class ModelCursor implements Cursor {
  private final NavigableMap<byte[], byte[]> entries;
  private final Runnable release;
  private Map.@Nullable Entry<byte[], byte[]> at;
  private boolean closed;

  ModelCursor(NavigableMap<byte[], byte[]> all, KeyRange range, Runnable release) {
    this.entries = within(all, range);
    this.release = release;
  }

  private static NavigableMap<byte[], byte[]> within(
      NavigableMap<byte[], byte[]> all, KeyRange range) {
    if (range.isEmpty()) {
      return new TreeMap<>(Arrays::compareUnsigned);
    }
    byte[] from = range.from();
    byte[] to = range.to();
    NavigableMap<byte[], byte[]> map = from == null ? all : all.tailMap(from, true);
    return to == null ? map : map.headMap(to, false);
  }

  private boolean move(Map.@Nullable Entry<byte[], byte[]> entry) {
    at = entry;
    return entry != null;
  }

  @Override
  public boolean first() {
    requireOpen();
    return move(entries.firstEntry());
  }

  @Override
  public boolean last() {
    requireOpen();
    return move(entries.lastEntry());
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    requireOpen();
    return move(entries.ceilingEntry(ModelEngine.bytes(key, offset, length)));
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    requireOpen();
    return move(entries.floorEntry(ModelEngine.bytes(key, offset, length)));
  }

  @Override
  public boolean next() {
    requireOpen();
    return move(at == null ? entries.firstEntry() : entries.higherEntry(at.getKey()));
  }

  @Override
  public boolean previous() {
    requireOpen();
    return move(at == null ? entries.lastEntry() : entries.lowerEntry(at.getKey()));
  }

  @Override
  public boolean isValid() {
    requireOpen();
    return at != null;
  }

  @Override
  public MemorySegment keySegment() {
    return MemorySegment.ofArray(entry().getKey()).asReadOnly();
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    return entry().getKey().length;
  }

  @Override
  public MemorySegment valueSegment() {
    return MemorySegment.ofArray(entry().getValue()).asReadOnly();
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    return entry().getValue().length;
  }

  private Map.Entry<byte[], byte[]> entry() {
    requireOpen();
    if (at == null) {
      throw new IllegalStateException("the cursor stands on no entry");
    }
    return at;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the cursor was closed");
    }
  }
}
