package dev.plinth.engine.bitcask;

import java.util.Arrays;

/// The applied index of each Raft group: a small map of numbers that allocates only when groups are
/// added. Thread-safe.
final class GroupIndexes {
  private long[] groups = new long[8];
  private long[] indexes = new long[8];
  private int size;

  GroupIndexes() {
    Arrays.fill(groups, -1);
  }

  /// Takes an entry out of a walk.
  @FunctionalInterface
  interface Visitor {
    void group(long group, long index);
  }

  /// The index of a group, or -1.
  synchronized long get(long group) {
    int slot = slot(group);
    return groups[slot] == group ? indexes[slot] : -1;
  }

  synchronized void put(long group, long index) {
    int slot = slot(group);
    if (groups[slot] != group) {
      if (2 * (size + 1) > groups.length) {
        grow();
        slot = slot(group);
      }
      groups[slot] = group;
      size++;
    }
    indexes[slot] = index;
  }

  synchronized void forEach(Visitor visitor) {
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] >= 0) {
        visitor.group(groups[i], indexes[i]);
      }
    }
  }

  synchronized void clear() {
    Arrays.fill(groups, -1);
    size = 0;
  }

  synchronized boolean isEmpty() {
    return size == 0;
  }

  private int slot(long group) {
    int mask = groups.length - 1;
    int slot = (int) ((group * 0x9e3779b97f4a7c15L) >>> 40) & mask;
    while (groups[slot] >= 0 && groups[slot] != group) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldGroups = groups;
    long[] oldIndexes = indexes;
    groups = new long[oldGroups.length * 2];
    indexes = new long[groups.length];
    Arrays.fill(groups, -1);
    for (int i = 0; i < oldGroups.length; i++) {
      if (oldGroups[i] >= 0) {
        int slot = slot(oldGroups[i]);
        groups[slot] = oldGroups[i];
        indexes[slot] = oldIndexes[i];
      }
    }
  }
}
