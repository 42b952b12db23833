package dev.plinth.kit.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Sorted keys held in memory for one binary search: the top of a table's index, the tables of a
/// run.
///
/// Immutable; any thread may search it, nothing is allocated. What all keys have in common is taken
/// off, and the eight bytes behind it decide most comparisons.
public final class Fences {
  private final MemorySegment bytes;
  private final int[] offsets;
  private final long[] words;
  private final int common;

  /// Keeps sorted keys.
  public Fences(List<byte[]> keys) {
    int size = keys.stream().mapToInt(key -> key.length).sum();
    bytes = Arena.ofAuto().allocate(Math.max(8, size), 8);
    offsets = new int[keys.size() + 1];
    words = new long[keys.size()];
    for (int i = 0; i < words.length; i++) {
      byte[] key = keys.get(i);
      MemorySegment.copy(key, 0, bytes, ValueLayout.JAVA_BYTE, offsets[i], key.length);
      offsets[i + 1] = offsets[i] + key.length;
    }
    int last = words.length - 1;
    common =
        last < 0 ? 0 : Keys.sharedLength(bytes, 0, length(0), bytes, offsets[last], length(last));
    for (int i = 0; i < words.length; i++) {
      words[i] = Keys.prefix(bytes, offsets[i] + common, length(i) - common);
    }
  }

  /// How many keys there are.
  public int size() {
    return words.length;
  }

  /// The memory they take, in bytes.
  public long bytesHeld() {
    return bytes.byteSize() + 12L * words.length;
  }

  /// The ordinal of the first key at or behind the given one; [#size()] when there is none.
  public int lowerBound(MemorySegment key, long offset, int length) {
    return search(key, offset, length, 0);
  }

  /// The ordinal of the first key behind the given one; [#size()] when there is none.
  public int upperBound(MemorySegment key, long offset, int length) {
    return search(key, offset, length, 1);
  }

  /// The memory that holds the fences.
  public MemorySegment segment() {
    return bytes;
  }

  /// Where a fence starts there.
  public long offset(int index) {
    return offsets[index];
  }

  /// A copy of a fence.
  public byte[] fence(int index) {
    return bytes.asSlice(offsets[index], length(index)).toArray(ValueLayout.JAVA_BYTE);
  }

  private int search(MemorySegment key, long offset, int length, int least) {
    int side = sideOfCommon(key, offset, length);
    if (side != 0) {
      return side < 0 ? 0 : words.length;
    }
    long word = Keys.prefix(key, offset + common, length - common);
    int low = 0;
    int high = words.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long mine = words[middle];
      boolean before =
          mine != word
              ? Long.compareUnsigned(mine, word) < 0
              : Keys.compare(bytes, offsets[middle], length(middle), key, offset, length) < least;
      if (before) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Less than 0 when the key lies before all fences, more when behind, 0 when it shares what they
  /// have in common.
  private int sideOfCommon(MemorySegment key, long offset, int length) {
    return Keys.compare(key, offset, Math.min(length, common), bytes, 0, common);
  }

  /// How long a fence is.
  public int length(int index) {
    return offsets[index + 1] - offsets[index];
  }
}
