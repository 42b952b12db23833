package dev.plinth.spi;

import java.lang.foreign.MemorySegment;

/// Receives the operations of a [WriteBatch] in their order; all offsets are in the segment given.
public interface BatchVisitor {
  /// A key gets a value.
  void put(MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength);

  /// A key goes, whether present or not.
  void delete(MemorySegment segment, long keyOffset, int keyLength);

  /// All keys in a range go. A `fromLength` of 0 means from the first key on, a `toLength` of 0
  /// means to the last one.
  void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength);
}
