package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.MemorySegment;

/// Compares a key with a whole segment.
final class RawOrder {
  private RawOrder() {}

  static int compare(MemorySegment key, long offset, int length, MemorySegment other) {
    return Keys.compare(key, offset, length, other, 0, (int) other.byteSize());
  }
}
