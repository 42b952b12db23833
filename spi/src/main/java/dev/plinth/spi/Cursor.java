package dev.plinth.spi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Walks a [KeyRange] of one frozen state in key order, both ways.
///
/// Everything it shows belongs to one sequence number: that of its snapshot, or of the moment it
/// was opened. It starts before the first entry of its range, so [#next()] leads to the first one
/// and [#previous()] to the last one. When a move returns false the cursor has no entry; a
/// following `next()` or `previous()` starts again from that side's end. Not thread-safe; may be
/// passed from thread to thread. Use after [#close()] is [StorageException.Closed].
public interface Cursor extends EntrySource {
  /// Moves to the first entry of the range.
  boolean first();

  /// Moves to the last entry of the range.
  boolean last();

  /// Moves to the first entry of the range whose key is at or behind the given one.
  boolean seek(MemorySegment key, long offset, int length);

  /// Moves to the last entry of the range whose key is at or before the given one.
  boolean seekAtOrBefore(MemorySegment key, long offset, int length);

  /// Moves to the entry before the current one.
  boolean previous();

  /// Whether the cursor stands on an entry.
  boolean isValid();

  /// As [#seek(MemorySegment, long, int)].
  default boolean seek(byte[] key) {
    return seek(MemorySegment.ofArray(key), 0, key.length);
  }

  /// As [#seekAtOrBefore(MemorySegment, long, int)].
  default boolean seekAtOrBefore(byte[] key) {
    return seekAtOrBefore(MemorySegment.ofArray(key), 0, key.length);
  }

  /// A copy of the key.
  default byte[] key() {
    return keySegment().asSlice(keyOffset(), keyLength()).toArray(ValueLayout.JAVA_BYTE);
  }

  /// A copy of the value.
  default byte[] value() {
    return valueSegment().asSlice(valueOffset(), valueLength()).toArray(ValueLayout.JAVA_BYTE);
  }
}
