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
  static final int ENTRY_BYTES = 16;

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

  /// Sorts the first entries of a piece of memory by key and drops entries with a key that stands
  /// before them, by merging runs (John von Neumann's merge sort, bottom up).
  ///
  /// @param spare memory of the same size
  /// @return how many entries are left, in `entries`
  static long sort(MemorySegment entries, MemorySegment spare, long count, KeyReader keys) {
    MemorySegment from = entries;
    MemorySegment to = spare;
    for (long width = 1; width < count; width *= 2) {
      for (long start = 0; start < count; start += 2 * width) {
        long middle = Math.min(start + width, count);
        mergeRuns(from, to, start, middle, Math.min(start + 2 * width, count), keys);
      }
      MemorySegment swap = from;
      from = to;
      to = swap;
    }
    long kept = 0;
    for (long i = 0; i < count; i++) {
      if (kept > 0 && order(from, i, entries, kept - 1, keys) == 0) {
        continue;
      }
      copy(from, i, entries, kept++);
    }
    return kept;
  }

  private static void mergeRuns(
      MemorySegment from, MemorySegment to, long start, long middle, long end, KeyReader keys) {
    if (middle >= end || order(from, middle - 1, from, middle, keys) <= 0) {
      MemorySegment.copy(
          from, start * ENTRY_BYTES, to, start * ENTRY_BYTES, (end - start) * ENTRY_BYTES);
      return;
    }
    long left = start;
    long right = middle;
    for (long at = start; at < end; at++) {
      boolean takeLeft =
          left < middle && (right >= end || order(from, left, from, right, keys) <= 0);
      copy(from, takeLeft ? left++ : right++, to, at);
    }
  }

  private static int order(MemorySegment a, long i, MemorySegment b, long j, KeyReader keys) {
    int order = Long.compareUnsigned(a.get(LONG, i * ENTRY_BYTES), b.get(LONG, j * ENTRY_BYTES));
    return order != 0
        ? order
        : keys.compare(a.get(LONG, i * ENTRY_BYTES + 8), b.get(LONG, j * ENTRY_BYTES + 8));
  }

  private static void copy(MemorySegment from, long i, MemorySegment to, long j) {
    to.set(LONG, j * ENTRY_BYTES, from.get(LONG, i * ENTRY_BYTES));
    to.set(LONG, j * ENTRY_BYTES + 8, from.get(LONG, i * ENTRY_BYTES + 8));
  }

  /// The eight bytes of a key behind what all keys share, zeros behind a shorter key.
  static long prefix(MemorySegment key, long offset, int length, int shared) {
    return length <= shared ? 0 : Keys.prefix(key, offset + shared, length - shared);
  }
}
