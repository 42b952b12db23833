package dev.plinth.spi;

import java.lang.foreign.MemorySegment;

/// Receives a value in place, without a copy.
@FunctionalInterface
public interface ValueVisitor {
  /// Called at most once per read, on the reading thread, before the read returns.
  ///
  /// The bytes are read-only, pinned, and valid only until this method returns; keep a copy, never
  /// the segment. The visitor must not write to the engine and should be short.
  void value(MemorySegment segment, long offset, int length);
}
