package dev.plinth.kit.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A copy of a key or value that grows when needed. Not thread-safe.
public final class KeyCopy {
  private MemorySegment segment = MemorySegment.NULL;
  private MemorySegment readOnly = MemorySegment.NULL;
  private int length;

  /// Copies bytes.
  public void set(MemorySegment source, long offset, int bytes) {
    if (bytes > segment.byteSize()) {
      segment = Arena.ofAuto().allocate(Math.max(256, 2L * bytes), 8);
      readOnly = segment.asReadOnly();
    }
    MemorySegment.copy(source, offset, segment, 0, bytes);
    length = bytes;
  }

  /// Whether the copied key is the same as another.
  public boolean isEqual(MemorySegment other, long offset, int bytes) {
    return length == bytes && Keys.compare(segment, 0, length, other, offset, bytes) == 0;
  }

  /// The order of the copied key and another.
  public int compare(MemorySegment other, long offset, int bytes) {
    return Keys.compare(segment, 0, length, other, offset, bytes);
  }

  /// The memory that holds the bytes, from 0 on, read-only; another one after [#set] had to grow
  /// it.
  public MemorySegment segment() {
    return readOnly;
  }

  /// How many bytes there are.
  public int length() {
    return length;
  }
}
