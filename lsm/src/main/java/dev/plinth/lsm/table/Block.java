package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// A view of one block: finds and decodes entries. Set on block after block; not thread-safe.
///
/// [#decode] fills the fields below; the key of an entry is the first `shared` bytes of the key of
/// its restart, then its suffix.
final class Block {
  MemorySegment segment = MemorySegment.NULL;
  int count;
  int shared;
  int suffixLength;
  long suffixOffset;
  int valueLength;
  long valueOffset;
  long tag;

  private final int interval;
  private long base;
  private long offsets;
  private long buckets;
  private int bucketCount;

  /// @param interval entries per restart
  Block(int interval) {
    this.interval = interval;
  }

  /// Looks at a block from now on; its checksum is right.
  void set(MemorySegment memory, long offset, int bytes) {
    segment = memory;
    base = offset;
    long end = offset + bytes - TableFormat.COUNTS_BYTES;
    bucketCount = memory.get(Layouts.SHORT, end) & 0xffff;
    count = memory.get(Layouts.SHORT, end + 2) & 0xffff;
    buckets = end - bucketCount;
    offsets = buckets - 2L * count;
  }

  /// The ordinal of the restart that an entry belongs to.
  int restartOf(int ordinal) {
    return interval == 1 ? ordinal : ordinal & -interval;
  }

  /// Decodes the head of an entry.
  void decode(int ordinal) {
    MemorySegment memory = segment;
    long at = base + (memory.get(Layouts.SHORT, offsets + 2L * ordinal) & 0xffff);
    long word = memory.get(Layouts.LONG, at);
    if ((word & 0x808080L) == 0) {
      shared = (int) word & 0x7f;
      suffixLength = (int) (word >>> 8) & 0x7f;
      valueLength = (int) (word >>> 16) & 0x7f;
      at += 3;
      long rest = word >>> 24;
      long stops = ~rest & 0x80_8080_8080L;
      if (stops != 0) {
        int bits = Long.numberOfTrailingZeros(stops) + 1;
        tag = Long.compress(rest & ((1L << bits) - 1), 0x7f_7f7f_7f7fL);
        at += bits >>> 3;
      } else {
        at = decodeTag(at);
      }
    } else {
      at = decodeLong(at);
    }
    suffixOffset = at;
    valueOffset = at + suffixLength;
  }

  /// The ordinal of the first entry at or behind (key, tag); [#count] when there is none.
  int lowerBound(MemorySegment key, long offset, int length, long target) {
    int low = 0;
    int high = (count + interval - 1) / interval;
    while (low < high) {
      int middle = (low + high) >>> 1;
      decode(middle * interval);
      int order = Keys.compare(segment, suffixOffset, suffixLength, key, offset, length);
      if (order != 0 ? order < 0 : tag > target) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 || interval == 1
        ? Math.min(low * interval, count)
        : lowerBoundAfter((low - 1) * interval, key, offset, length, target);
  }

  /// The ordinal of the newest entry of a key at or behind a tag, decoded; -1 when this block holds
  /// no entry of the key; [#count] when all that it holds are newer and the next block may go on.
  int find(MemorySegment key, long offset, int length, long hash, long target) {
    if (bucketCount > 0) {
      int bucket =
          segment.get(Layouts.BYTE, buckets + BlockWriter.bucket(hash, bucketCount)) & 0xff;
      if (bucket == TableFormat.BUCKET_NONE) {
        return -1;
      }
      if (bucket < TableFormat.BUCKET_SEVERAL && isKey(bucket, key, offset, length)) {
        if (tag <= target) {
          return bucket;
        }
      }
    }
    int ordinal = lowerBound(key, offset, length, target);
    if (ordinal == count) {
      return isKey(count - 1, key, offset, length) ? count : -1;
    }
    return isKey(ordinal, key, offset, length) ? ordinal : -1;
  }

  /// Decodes an entry and tells whether it is of a key.
  boolean isKey(int ordinal, MemorySegment key, long offset, int length) {
    decode(ordinal);
    if (shared + suffixLength != length
        || !Keys.equal(
            segment, suffixOffset, suffixLength, key, offset + shared, length - shared)) {
      return false;
    }
    if (shared == 0) {
      return true;
    }
    int same = shared;
    decode(restartOf(ordinal));
    boolean equal = Keys.equal(segment, suffixOffset, same, key, offset, same);
    decode(ordinal);
    return equal;
  }

  private int lowerBoundAfter(
      int restart, MemorySegment key, long offset, int length, long target) {
    decode(restart);
    int common = Keys.sharedLength(segment, suffixOffset, suffixLength, key, offset, length);
    int low = restart + 1;
    int high = Math.min(count, restart + interval);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (isBefore(middle, common, key, offset, length, target)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Whether an entry lies before the target, of which `common` bytes are those of its restart,
  /// which lies before the target.
  private boolean isBefore(
      int ordinal, int common, MemorySegment key, long offset, int length, long target) {
    decode(ordinal);
    if (shared != common) {
      return shared > common;
    }
    int order =
        Keys.compare(segment, suffixOffset, suffixLength, key, offset + common, length - common);
    return order != 0 ? order < 0 : tag > target;
  }

  private long decodeLong(long start) {
    long at = start;
    long end = Long.MAX_VALUE;
    shared = Varint.getInt(segment, at, end);
    at += Varint.size(shared);
    suffixLength = Varint.getInt(segment, at, end);
    at += Varint.size(suffixLength);
    valueLength = Varint.getInt(segment, at, end);
    at += Varint.size(valueLength);
    return decodeTag(at);
  }

  private long decodeTag(long at) {
    tag = Varint.get(segment, at, Long.MAX_VALUE);
    return at + Varint.size(tag);
  }
}
