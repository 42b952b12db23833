package dev.plinth.kit.log;

import java.lang.foreign.MemorySegment;

/// Shown the records of a log, in the order in which they were appended.
@FunctionalInterface
public interface LogVisitor {
  /// One record. The memory may be read until this method returns.
  ///
  /// @param type what the user appended it as, 0 to [LogFormat#TYPE_MAX]
  /// @param position where it stands; grows from record to record
  /// @param first the user's first number
  /// @param second the user's second number
  /// @param segment holds the body
  /// @param offset where the body begins in it
  /// @param length the bytes of the body
  void record(
      int type,
      long position,
      long first,
      long second,
      MemorySegment segment,
      long offset,
      int length);

  /// The records shown so far are void when their position is higher than this: they were truncated
  /// ([LogWriter#truncateAfter(long)]). Users that never truncate need not care.
  default void truncated(long position) {}
}
