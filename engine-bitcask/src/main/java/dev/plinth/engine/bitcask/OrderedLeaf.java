package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A leaf of an [OrderedIndex]: up to 256 keys in order, off-heap, sixteen bytes each.
///
/// ```
/// | eight bytes of each key, behind what all share, as a number | the word of each key's record |
/// ```
///
/// What the keys share is kept once. Keys with equal numbers are told apart by their records. The
/// writer changes a leaf in place while no frozen view shows it, and copies it otherwise. In memory
/// only.
final class OrderedLeaf implements OrderedChild {
  static final int ENTRIES_MAX = 256;

  /// The bytes of a leaf.
  static final int BYTES = ENTRIES_MAX * 16;

  private static final long WORDS = ENTRIES_MAX * 8L;

  /// Where it lies.
  final long address;

  /// The generation in which it was made: later views show it.
  final long born;

  private MemorySegment shared = MemorySegment.ofArray(new byte[0]);
  private int count;

  OrderedLeaf(long address, long born) {
    this.address = address;
    this.born = born;
  }

  int count() {
    return count;
  }

  /// What all keys begin with.
  MemorySegment shared() {
    return shared;
  }

  void shared(MemorySegment bytes) {
    shared = bytes;
  }

  /// The eight bytes of a key behind what all share, zeros behind its end.
  long prefix(int index) {
    return RawMemory.getLong(address + 8L * index);
  }

  void prefix(int index, long prefix) {
    RawMemory.putLong(address + 8L * index, prefix);
  }

  /// The word of a key's record.
  long word(int index) {
    return RawMemory.getLong(address + WORDS + 8L * index);
  }

  void word(int index, long word) {
    RawMemory.putLong(address + WORDS + 8L * index, word);
  }

  /// Adds an entry in front of the one at an index.
  void insert(int index, long prefix, long word) {
    long behind = 8L * (count - index);
    if (behind > 0) {
      long at = address + 8L * index;
      RawMemory.copy(at, at + 8, behind);
      RawMemory.copy(at + WORDS, at + WORDS + 8, behind);
    }
    count++;
    prefix(index, prefix);
    word(index, word);
  }

  /// Fills an empty leaf with what an [IndexFileWriter] has written.
  ///
  /// @param files the slot that a file has now, by the one it had
  void load(MemorySegment written, int[] files) {
    count = written.get(Layouts.INT, 0);
    int bytes = written.get(Layouts.INT, 4);
    shared =
        MemorySegment.ofArray(
            written
                .asSlice(IndexFileFormat.LEAF_HEADER_BYTES, bytes)
                .toArray(ValueLayout.JAVA_BYTE));
    long prefixes = IndexFileFormat.leafBytes(0, bytes);
    for (int i = 0; i < count; i++) {
      prefix(i, written.get(Layouts.LONG, prefixes + 8L * i));
      long word = written.get(Layouts.LONG, prefixes + 8L * (count + i));
      word(i, Slots.word(word, files[Slots.file(word)], Slots.offset(word)));
    }
  }

  /// Removes entries.
  void remove(int from, int to) {
    long behind = 8L * (count - to);
    if (behind > 0) {
      RawMemory.copy(address + 8L * to, address + 8L * from, behind);
      RawMemory.copy(address + WORDS + 8L * to, address + WORDS + 8L * from, behind);
    }
    count -= to - from;
  }

  /// Adds entries of another leaf that shares as much.
  void append(OrderedLeaf other, int from, int to) {
    long bytes = 8L * (to - from);
    RawMemory.copy(other.address + 8L * from, address + 8L * count, bytes);
    RawMemory.copy(other.address + WORDS + 8L * from, address + WORDS + 8L * count, bytes);
    count += to - from;
  }

  /// The first index whose number is at or behind a number.
  int lowerBound(long prefix) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(prefix(middle), prefix) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
