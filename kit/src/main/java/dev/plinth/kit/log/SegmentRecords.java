package dev.plinth.kit.log;

import java.lang.foreign.MemorySegment;

/// The records of one segment from front to back. One thread.
sealed interface SegmentRecords extends AutoCloseable permits SegmentScan, SegmentAhead {
  /// The segment's header.
  ///
  /// @throws dev.plinth.spi.StorageException.Corrupt when it is not the one of this store and
  ///   number
  SegmentHeader header();

  /// Goes to the next record.
  ///
  /// @return false when there is no good one: the end, something else, or damage
  boolean next();

  /// Where in the file the record begins.
  long offset();

  /// The record's kind, see [LogFormat].
  int kind();

  /// The record's first number.
  long first();

  /// The record's second number.
  long second();

  /// The length of its body.
  int length();

  /// The memory that holds the record until the next one is read, read-only.
  MemorySegment memory();

  /// Where in [#memory()] the body begins.
  long bodyOffset();

  /// What reads the file, standing behind the last good record; to be asked when [#next()] has
  /// returned false.
  SegmentScan scan();

  @Override
  void close();
}
