package dev.plinth.engine.bitcask;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Sorts entries of sixteen bytes, a number and the word of a record: by the number, digit by digit
/// from the lowest (radix sort; Knuth, The Art of Computer Programming 3, 5.2.5), and where numbers
/// are equal by the keys of the words (John von Neumann's merge sort, bottom up).
final class EntrySort {
  /// The bytes of an entry.
  static final int ENTRY_BYTES = 16;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 6;
  private static final int RADIX = 1 << DIGIT_BITS;
  private static final long FEW = RADIX;

  private EntrySort() {}

  /// Sorts by number, then by key, and drops entries with a key that stands before them.
  ///
  /// @param spare memory of the same size
  /// @return how many entries are left, in `entries`
  static long byKey(
      MemorySegment entries, MemorySegment spare, long count, SortedView.KeyReader keys) {
    if (count > FEW) {
      byNumber(entries, spare, count);
      for (long start = 0; start < count; ) {
        long end = start + 1;
        while (end < count && number(entries, end) == number(entries, start)) {
          end++;
        }
        merge(entries, spare, start, end, keys);
        start = end;
      }
    } else {
      merge(entries, spare, 0, count, keys);
    }
    long kept = 0;
    for (long i = 0; i < count; i++) {
      if (kept == 0 || order(entries, i, entries, kept - 1, keys) != 0) {
        copy(entries, i, entries, kept++);
      }
    }
    return kept;
  }

  /// Sorts by number alone.
  ///
  /// @param spare memory of the same size
  static void byNumber(MemorySegment entries, MemorySegment spare, long count) {
    long[][] places = new long[DIGITS][RADIX];
    for (long i = 0; i < count; i++) {
      long number = number(entries, i);
      for (int digit = 0; digit < DIGITS; digit++) {
        places[digit][digit(number, digit)]++;
      }
    }
    MemorySegment from = entries;
    MemorySegment to = spare;
    boolean inSpare = false;
    for (int digit = 0; digit < DIGITS; digit++) {
      long[] next = places[digit];
      if (count > 0 && next[digit(number(from, 0), digit)] == count) {
        continue;
      }
      long place = 0;
      for (int value = 0; value < RADIX; value++) {
        long entriesOfValue = next[value];
        next[value] = place;
        place += entriesOfValue;
      }
      for (long i = 0; i < count; i++) {
        copy(from, i, to, next[digit(number(from, i), digit)]++);
      }
      MemorySegment swap = from;
      from = to;
      to = swap;
      inSpare = !inSpare;
    }
    if (inSpare) {
      copyAll(from, to, 0, count);
    }
  }

  private static int digit(long number, int digit) {
    return (int) (number >>> (digit * DIGIT_BITS)) & (RADIX - 1);
  }

  /// Sorts a stretch in place.
  private static void merge(
      MemorySegment entries, MemorySegment spare, long begin, long end, SortedView.KeyReader keys) {
    MemorySegment from = entries;
    MemorySegment to = spare;
    boolean inSpare = false;
    for (long width = 1; width < end - begin; width *= 2) {
      for (long start = begin; start < end; start += 2 * width) {
        long middle = Math.min(start + width, end);
        mergeRuns(from, to, start, middle, Math.min(start + 2 * width, end), keys);
      }
      MemorySegment swap = from;
      from = to;
      to = swap;
      inSpare = !inSpare;
    }
    if (inSpare) {
      copyAll(from, to, begin, end);
    }
  }

  private static void mergeRuns(
      MemorySegment from,
      MemorySegment to,
      long start,
      long middle,
      long end,
      SortedView.KeyReader keys) {
    if (middle >= end || order(from, middle - 1, from, middle, keys) <= 0) {
      copyAll(from, to, start, end);
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

  private static int order(
      MemorySegment a, long i, MemorySegment b, long j, SortedView.KeyReader keys) {
    int order = Long.compareUnsigned(number(a, i), number(b, j));
    return order != 0
        ? order
        : keys.compare(a.get(LONG, i * ENTRY_BYTES + 8), b.get(LONG, j * ENTRY_BYTES + 8));
  }

  private static long number(MemorySegment entries, long i) {
    return entries.get(LONG, i * ENTRY_BYTES);
  }

  private static void copyAll(MemorySegment from, MemorySegment to, long start, long end) {
    MemorySegment.copy(
        from, start * ENTRY_BYTES, to, start * ENTRY_BYTES, (end - start) * ENTRY_BYTES);
  }

  private static void copy(MemorySegment from, long i, MemorySegment to, long j) {
    to.set(LONG, j * ENTRY_BYTES, from.get(LONG, i * ENTRY_BYTES));
    to.set(LONG, j * ENTRY_BYTES + 8, from.get(LONG, i * ENTRY_BYTES + 8));
  }
}
