package dev.plinth.raft.store;

import java.lang.foreign.MemorySegment;

/// Shown entries of a Raft log, in the order of their indexes.
@FunctionalInterface
public interface EntryVisitor {
  /// One entry. The memory is lent: it may be read until this method returns, and must not be
  /// written. The visitor must not call the log.
  ///
  /// @param index its index
  /// @param term its term
  /// @param type see [EntryTypes]
  /// @param timestamp as it was appended, milliseconds by the library's clock; 0 for none
  /// @param segment holds the payload
  /// @param offset where the payload begins in it
  /// @param length the bytes of the payload
  void entry(
      long index,
      long term,
      int type,
      long timestamp,
      MemorySegment segment,
      long offset,
      int length);
}
