package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Fences;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The root of a table, in memory: where every leaf is, what it holds, and from which key on.
/// Immutable.
final class LeafIndex {
  private final Fences fences;
  private final long[] positions;
  private final int[] sizes;
  private final int[] entries;
  private final int[] deletes;
  private final long[] extentBytes;

  private LeafIndex(Builder from) {
    fences = new Fences(from.fences);
    positions = from.positions.stream().mapToLong(Long::longValue).toArray();
    int count = positions.length;
    sizes = new int[count];
    entries = new int[count];
    deletes = new int[count];
    extentBytes = new long[count];
    for (int i = 0; i < count; i++) {
      long[] facts = from.facts.get(i);
      sizes[i] = (int) facts[0];
      entries[i] = (int) facts[1];
      deletes[i] = (int) facts[2];
      extentBytes[i] = facts[3];
    }
  }

  int count() {
    return positions.length;
  }

  Fences fences() {
    return fences;
  }

  long position(int leaf) {
    return positions[leaf];
  }

  int size(int leaf) {
    return sizes[leaf];
  }

  int entries(int leaf) {
    return entries[leaf];
  }

  int deletes(int leaf) {
    return deletes[leaf];
  }

  long extentBytes(int leaf) {
    return extentBytes[leaf];
  }

  long bytesHeld() {
    return fences.bytesHeld() + 28L * positions.length;
  }

  /// The leaf that holds a key if any does; -1 when there is no leaf.
  int leafOf(MemorySegment key, long offset, int length) {
    return fences.upperBound(key, offset, length) - 1;
  }

  /// Reads an index; null when the bytes have not its form.
  static @Nullable LeafIndex decode(MemorySegment source, long offset, long length) {
    long end = offset + length;
    long at = offset;
    long count = Varint.get(source, at, end);
    if (count < 0) {
      return null;
    }
    at += Varint.size(count);
    Builder builder = new Builder();
    long[] fields = new long[6];
    for (long i = 0; i < count; i++) {
      for (int f = 0; f < fields.length; f++) {
        fields[f] = Varint.get(source, at, end);
        if (fields[f] < 0) {
          return null;
        }
        at += Varint.size(fields[f]);
      }
      if (fields[5] > end - at) {
        return null;
      }
      byte[] fence = source.asSlice(at, fields[5]).toArray(ValueLayout.JAVA_BYTE);
      at += fence.length;
      long size = fields[1] * TableFormat.PAGE_BYTES;
      if (size < TableFormat.PAGE_BYTES || size > TableFormat.LEAF_BYTES_MAX) {
        return null;
      }
      builder.add(
          fields[0] * TableFormat.PAGE_BYTES,
          (int) size,
          (int) fields[2],
          (int) fields[3],
          fields[4],
          fence);
    }
    return at == end ? new LeafIndex(builder) : null;
  }

  /// Collects the leaves of a new root.
  static final class Builder {
    private final List<byte[]> fences = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();
    private final List<long[]> facts = new ArrayList<>();
    private long leavesStart;

    void add(long position, int size, int entries, int deletes, long extentBytes, byte[] fence) {
      positions.add(position);
      facts.add(new long[] {size, entries, deletes, extentBytes});
      fences.add(fence);
    }

    int count() {
      return positions.size();
    }

    /// The sum over all leaves of a fact: 0 bytes, 1 entries, 2 deletes, 3 bytes of extents.
    long sum(int fact) {
      return facts.stream().mapToLong(all -> all[fact]).sum();
    }

    /// Says where the leaves go that have a negative position so far: `-1 - distance`.
    void place(long start) {
      leavesStart = start;
      positions.replaceAll(position -> position < 0 ? start - 1 - position : position);
    }

    /// Where the new leaves begin, once they are placed.
    long leavesStart() {
      return leavesStart;
    }

    long position(int leaf) {
      return positions.get(leaf);
    }

    int size(int leaf) {
      return (int) facts.get(leaf)[0];
    }

    long encodedBytesMax() {
      return 16 + fences.stream().mapToLong(fence -> 6L * 9 + fence.length).sum();
    }

    /// Writes the index.
    ///
    /// @return its bytes
    long encode(MemorySegment target) {
      long at = Varint.put(target, 0, positions.size());
      for (int i = 0; i < positions.size(); i++) {
        long[] all = facts.get(i);
        byte[] fence = fences.get(i);
        at = Varint.put(target, at, positions.get(i) / TableFormat.PAGE_BYTES);
        at = Varint.put(target, at, all[0] / TableFormat.PAGE_BYTES);
        at = Varint.put(target, at, all[1]);
        at = Varint.put(target, at, all[2]);
        at = Varint.put(target, at, all[3]);
        at = Varint.put(target, at, fence.length);
        MemorySegment.copy(fence, 0, target, ValueLayout.JAVA_BYTE, at, fence.length);
        at += fence.length;
      }
      return at;
    }
  }
}
