package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Compares keys in memory with those of records, and finds places in leaves. Any thread inside an
/// epoch; nothing is allocated but by [#shared] and [#separator].
final class OrderedKeys {
  /// Bytes that keys share and that stay in the numbers of a leaf, so that a key a little beside
  /// the others finds a place without all being made anew.
  private static final int MARGIN = 2;

  private final Records records;

  OrderedKeys(Records records) {
    this.records = records;
  }

  /// The index of the first entry of a leaf whose key is at or behind a key.
  int lowerBound(OrderedLeaf leaf, MemorySegment key, long offset, int length) {
    int beside = beside(leaf, key, offset, length);
    if (beside != 0) {
      return beside < 0 ? 0 : leaf.count();
    }
    int shared = (int) leaf.shared().byteSize();
    long prefix = Keys.prefix(key, offset + shared, length - shared);
    int low = leaf.lowerBound(prefix);
    int high = low;
    int count = leaf.count();
    while (high < count && leaf.prefix(high) == prefix) {
      high++;
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(leaf.word(middle), key, offset, length) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The index of the entry of a key that is there with a certain word; -1 when it is not.
  int indexOf(OrderedLeaf leaf, MemorySegment key, long offset, int length, long word) {
    if (beside(leaf, key, offset, length) != 0) {
      return -1;
    }
    int shared = (int) leaf.shared().byteSize();
    long prefix = Keys.prefix(key, offset + shared, length - shared);
    for (int i = leaf.lowerBound(prefix); i < leaf.count() && leaf.prefix(i) == prefix; i++) {
      if (leaf.word(i) == word) {
        return i;
      }
    }
    return -1;
  }

  /// Less than 0 when a key is before what begins as the keys of a leaf do, more when it is behind.
  int beside(OrderedLeaf leaf, MemorySegment key, long offset, int length) {
    MemorySegment shared = leaf.shared();
    int bytes = (int) shared.byteSize();
    if (bytes == 0) {
      return 0;
    }
    int common = Math.min(bytes, length);
    int order = Keys.compare(key, offset, common, shared, 0, common);
    return order != 0 ? order : Math.min(0, length - bytes);
  }

  /// Compares the key of a record with one in memory.
  int compare(long word, MemorySegment key, long offset, int length) {
    DataFile file = records.file(word);
    long at = Slots.offset(word);
    Window window = file.window(at);
    long parsed = records.parse(file, window, at);
    return Keys.compare(
        window.segment(),
        at - window.start() + RecordFormat.headerBytes(parsed),
        RecordFormat.keyLength(parsed),
        key,
        offset,
        length);
  }

  /// The number of a record's key in a leaf whose keys share so many bytes.
  long prefix(long word, int shared) {
    DataFile file = records.file(word);
    long at = Slots.offset(word);
    Window window = file.window(at);
    long parsed = records.parse(file, window, at);
    return Keys.prefix(
        window.segment(),
        at - window.start() + RecordFormat.headerBytes(parsed) + shared,
        RecordFormat.keyLength(parsed) - shared);
  }

  /// How many bytes a leaf from one record's key to another's should take for shared.
  int sharedBytes(long first, long last) {
    MemorySegment a = key(first);
    MemorySegment b = key(last);
    return Math.max(0, Keys.sharedLength(a, 0, length(a), b, 0, length(b)) - MARGIN);
  }

  /// The first bytes of a record's key.
  MemorySegment shared(long word, int bytes) {
    return copy(key(word), bytes);
  }

  /// The shortest key that is behind that of one record, and at or before that of the next.
  MemorySegment separator(long before, long after) {
    MemorySegment a = checkedKey(before);
    MemorySegment b = checkedKey(after);
    return copy(b, Math.min(length(b), Keys.sharedLength(a, 0, length(a), b, 0, length(b)) + 1));
  }

  /// How many bytes a record's key and one in memory share.
  int sharedLength(long word, MemorySegment key, long offset, int length) {
    MemorySegment of = key(word);
    return Keys.sharedLength(of, 0, length(of), key, offset, length);
  }

  /// A copy of a record's key.
  MemorySegment copyOf(long word) {
    MemorySegment key = key(word);
    return copy(key, length(key));
  }

  /// A record's key in place, once the record's checksum is right: a damaged key that parts leaves
  /// would hide others.
  private MemorySegment checkedKey(long word) {
    DataFile file = records.file(word);
    long at = Slots.offset(word);
    Window window = file.window(at);
    return key(window, at, records.parseChecked(file, window, at));
  }

  /// A record's key in place.
  MemorySegment key(long word) {
    DataFile file = records.file(word);
    long at = Slots.offset(word);
    Window window = file.window(at);
    return key(window, at, records.parse(file, window, at));
  }

  private static MemorySegment key(Window window, long at, long parsed) {
    return window
        .segment()
        .asSlice(
            at - window.start() + RecordFormat.headerBytes(parsed), RecordFormat.keyLength(parsed));
  }

  private static int length(MemorySegment key) {
    return (int) key.byteSize();
  }

  private static MemorySegment copy(MemorySegment key, int length) {
    return MemorySegment.ofArray(key.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
  }
}
