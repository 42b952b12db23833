package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A copy of a key or value that grows when needed. Not thread-safe.
final class KeyCopy {
  private MemorySegment segment = MemorySegment.NULL;
  private MemorySegment readOnly = MemorySegment.NULL;
  private int length;

  /// Copies bytes.
  void set(MemorySegment source, long offset, int bytes) {
    if (bytes > segment.byteSize()) {
      segment = Arena.ofAuto().allocate(Math.max(256, 2L * bytes), 8);
      readOnly = segment.asReadOnly();
    }
    MemorySegment.copy(source, offset, segment, 0, bytes);
    length = bytes;
  }

  /// Whether the copied key is the same as another.
  boolean isEqual(MemorySegment other, long offset, int bytes) {
    return length == bytes && Keys.compare(segment, 0, length, other, offset, bytes) == 0;
  }

  /// The order of the copied key and another.
  int compare(MemorySegment other, long offset, int bytes) {
    return Keys.compare(segment, 0, length, other, offset, bytes);
  }

  MemorySegment segment() {
    return readOnly;
  }

  int length() {
    return length;
  }
}
