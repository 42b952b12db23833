package dev.plinth.spi;

import java.lang.foreign.MemorySegment;

/// Entries one after the other, read in place: what a cursor gives and what [Engine#ingest] takes.
///
/// It starts before its first entry. The accessors may be called only while the last move returned
/// true; the bytes they name are read-only and valid until the next move or close. Not thread-safe.
public interface EntrySource extends AutoCloseable {
  /// Moves to the next entry.
  ///
  /// @return false when there is none
  boolean next();

  /// The memory that holds the key.
  MemorySegment keySegment();

  /// Where in [#keySegment()] the key starts.
  long keyOffset();

  /// How many bytes the key has.
  int keyLength();

  /// The memory that holds the value.
  MemorySegment valueSegment();

  /// Where in [#valueSegment()] the value starts.
  long valueOffset();

  /// How many bytes the value has.
  int valueLength();

  /// Releases what it pins; a second call does nothing.
  @Override
  void close();
}
