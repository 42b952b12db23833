package dev.plinth.spi;

import java.lang.foreign.MemorySegment;

/// Receives the values of a multi-get in place; the rules of [ValueVisitor] hold.
@FunctionalInterface
public interface IndexedValueVisitor {
  /// Called once for each key that is present, in any order, on the reading thread.
  ///
  /// @param index the position of the key in the request
  void value(int index, MemorySegment segment, long offset, int length);
}
