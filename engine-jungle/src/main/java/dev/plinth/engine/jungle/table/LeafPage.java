package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// Reads one leaf where it lies. Not thread-safe; used for leaf after leaf.
final class LeafPage {
  private MemorySegment segment = MemorySegment.NULL;
  private long start;
  private long limit;
  private int count;
  private long prefix;
  private int prefixLength;

  private long suffix;
  private int suffixLength;
  private int kind;
  private int valueLength;
  private long value;

  /// Goes to a leaf, whose checksum was checked.
  ///
  /// @return false when it has not the form of a leaf
  boolean open(MemorySegment source, long at, int bytes) {
    segment = source;
    start = at;
    limit = at + bytes;
    count = source.get(Layouts.SHORT, at + TableFormat.LEAF_COUNT) & 0xffff;
    prefixLength = source.get(Layouts.SHORT, at + TableFormat.LEAF_PREFIX) & 0xffff;
    prefix = at + TableFormat.LEAF_HEAD_BYTES + 2L * count;
    return source.get(Layouts.INT, at + TableFormat.LEAF_BYTES) == bytes
        && prefix + prefixLength <= limit;
  }

  int count() {
    return count;
  }

  MemorySegment segment() {
    return segment;
  }

  long prefix() {
    return prefix;
  }

  int prefixLength() {
    return prefixLength;
  }

  /// Goes to an entry.
  void entry(int slot) {
    locate(slot);
    int field = Varint.getInt(segment, suffix + suffixLength, limit);
    if (field < 0) {
      throw new IllegalStateException("an entry's value has not its form");
    }
    kind = field & 3;
    valueLength = field >>> 2;
    value = suffix + suffixLength + Varint.size(field);
  }

  long suffix() {
    return suffix;
  }

  int suffixLength() {
    return suffixLength;
  }

  int keyLength() {
    return prefixLength + suffixLength;
  }

  int kind() {
    return kind;
  }

  int valueLength() {
    return valueLength;
  }

  /// Where the value's extent begins in the file.
  long extent() {
    return (segment.get(Layouts.INT, value) & 0xffff_ffffL)
        | (segment.get(Layouts.BYTE, value + 4) & 0xffL) << 32;
  }

  /// Where the value begins in the leaf's segment, when it is there.
  long inline() {
    return value;
  }

  /// The first entry whose key is at or behind the given one; [#count()] when there is none. When
  /// its key is the same this is `slot`, else `-slot - 1`.
  int find(MemorySegment key, long offset, int length) {
    int order =
        Keys.compare(key, offset, Math.min(length, prefixLength), segment, prefix, prefixLength);
    if (order != 0) {
      return order < 0 ? -1 : -count - 1;
    }
    long rest = offset + prefixLength;
    int restLength = length - prefixLength;
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      locate(middle);
      int found = Keys.compare(segment, suffix, suffixLength, key, rest, restLength);
      if (found == 0) {
        return middle;
      }
      if (found < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -low - 1;
  }

  private void locate(int slot) {
    long slots = start + TableFormat.LEAF_HEAD_BYTES;
    long at = start + (segment.get(Layouts.SHORT, slots + 2L * slot) & 0xffff);
    int length = Varint.getInt(segment, at, limit);
    if (length < 0 || at + length > limit) {
      throw new IllegalStateException("an entry's key has not its form");
    }
    suffixLength = length;
    suffix = at + Varint.size(length);
  }
}
