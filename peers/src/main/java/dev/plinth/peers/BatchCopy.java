package dev.plinth.peers;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;

/// Adds what it is shown to another batch.
///
/// @param target where to
record BatchCopy(WriteBatch target) implements BatchVisitor {
  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    target.put(segment, keyOffset, keyLength, segment, valueOffset, valueLength);
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    target.delete(segment, keyOffset, keyLength);
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    target.deleteRange(segment, fromOffset, fromLength, segment, toOffset, toLength);
  }
}
