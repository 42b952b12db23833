package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The places of all keys of one state, or of a range of it, in key order: sixteen bytes a key, off
/// the heap. Immutable once built; read by any number of threads until it is closed.
///
/// An entry is eight bytes of the key (behind what all keys share) as a big-endian number, and the
/// word of its record; ties are broken by the records themselves.
final class SortedView implements AutoCloseable {
  static final int ENTRY_BYTES = EntrySort.ENTRY_BYTES;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final KeyReader keys;
  private final long sequence;
  private final Arena arena;
  private final MemorySegment entries;
  private final long count;
  private final MemorySegment shared;

  /// @param shared what all keys begin with
  SortedView(
      KeyReader keys,
      long sequence,
      Arena arena,
      MemorySegment entries,
      long count,
      MemorySegment shared) {
    this.keys = keys;
    this.sequence = sequence;
    this.arena = arena;
    this.entries = entries;
    this.count = count;
    this.shared = shared;
  }

  /// The sequence of the state it shows.
  long sequence() {
    return sequence;
  }

  /// How many keys it has.
  long count() {
    return count;
  }

  /// The bytes it takes.
  long bytes() {
    return entries.byteSize();
  }

  /// The word of an entry.
  long word(long index) {
    return entries.get(LONG, index * ENTRY_BYTES + 8);
  }

  /// The index of the first entry whose key is at or behind the given one, or the count.
  long lowerBound(MemorySegment key, long offset, int length) {
    int bytes = (int) shared.byteSize();
    int common = Math.min(bytes, length);
    int beside = Keys.compare(key, offset, common, shared, 0, common);
    if (beside != 0 || length < bytes) {
      return beside > 0 ? count : 0;
    }
    long prefix = prefix(key, offset, length, bytes);
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = (low + high) >>> 1;
      int order = Long.compareUnsigned(entries.get(LONG, middle * ENTRY_BYTES), prefix);
      if (order == 0) {
        order = keys.compare(word(middle), key, offset, length);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public void close() {
    arena.close();
  }

  /// Reads the keys of words, inside an epoch that it leaves now and then.
  interface KeyReader {
    /// Compares the key of a word with one in memory.
    int compare(long word, MemorySegment key, long offset, int length);

    /// Compares the keys of two words.
    int compare(long a, long b);
  }

  /// The eight bytes of a key behind what all keys share, zeros behind a shorter key.
  static long prefix(MemorySegment key, long offset, int length, int shared) {
    return length <= shared ? 0 : Keys.prefix(key, offset + shared, length - shared);
  }
}
