package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The applied index of every Raft group, sorted by group. Not thread-safe; setting the index of a
/// known group allocates nothing.
final class GroupIndexes {
  private long[] groups = new long[4];
  private long[] indexes = new long[4];
  private int count;

  int count() {
    return count;
  }

  /// The index of a group, -1 when there is none.
  long get(long group) {
    int at = Arrays.binarySearch(groups, 0, count, group);
    return at < 0 ? -1 : indexes[at];
  }

  void set(long group, long index) {
    int at = Arrays.binarySearch(groups, 0, count, group);
    if (at < 0) {
      at = ~at;
      if (count == groups.length) {
        groups = Arrays.copyOf(groups, 2 * count);
        indexes = Arrays.copyOf(indexes, 2 * count);
      }
      System.arraycopy(groups, at, groups, at + 1, count - at);
      System.arraycopy(indexes, at, indexes, at + 1, count - at);
      groups[at] = group;
      count++;
    }
    indexes[at] = index;
  }

  GroupIndexes copy() {
    GroupIndexes copy = new GroupIndexes();
    copy.groups = groups.clone();
    copy.indexes = indexes.clone();
    copy.count = count;
    return copy;
  }

  /// The bytes of [#encode].
  int encodedBytes() {
    return count * MetaFormat.GROUP_BYTES;
  }

  void encode(MemorySegment target, long offset) {
    for (int i = 0; i < count; i++) {
      long at = offset + (long) i * MetaFormat.GROUP_BYTES;
      target.set(Layouts.LONG, at, groups[i]);
      target.set(Layouts.LONG, at + 8, indexes[i]);
    }
  }

  static GroupIndexes decode(MemorySegment source, long offset, int count) {
    GroupIndexes decoded = new GroupIndexes();
    for (int i = 0; i < count; i++) {
      long at = offset + (long) i * MetaFormat.GROUP_BYTES;
      decoded.set(source.get(Layouts.LONG, at), source.get(Layouts.LONG, at + 8));
    }
    return decoded;
  }
}
