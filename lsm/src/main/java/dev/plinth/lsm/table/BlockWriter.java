package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Puts sorted entries together to one block, in the form of [TableFormat]. Not thread-safe; used
/// again for block after block.
final class BlockWriter {
  private static final int HEADER_BYTES_MAX = 3 * Varint.INT_BYTES_MAX + Varint.LONG_BYTES_MAX;

  private static final long BUFFER_BYTES = 64 << 10;

  private final Arena arena;
  private final int interval;
  private final boolean hashed;
  private MemorySegment buffer;
  private int[] offsets = new int[64];
  private long[] hashes = new long[64];
  private int count;
  private int bytes;
  private int restartOffset;
  private int restartLength;
  private int lastShared;
  private int lastSuffix;
  private long lastSuffixOffset;
  private byte[] buckets = new byte[512];

  /// @param interval entries per restart
  /// @param hashed whether blocks get a hash index
  /// @param arena where its memory comes from
  BlockWriter(int interval, boolean hashed, Arena arena) {
    this.interval = interval;
    this.hashed = hashed;
    this.arena = arena;
    this.buffer = arena.allocate(BUFFER_BYTES, 8);
  }

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  /// The size of the finished block, without kind and checksum, with one more entry at most.
  long bytesWith(int keyLength, int valueLength) {
    int entries = count + 1;
    return (long) bytes
        + HEADER_BYTES_MAX
        + keyLength
        + valueLength
        + 2L * entries
        + bucketsFor(entries)
        + TableFormat.COUNTS_BYTES;
  }

  /// Whether no further entry may start in this block.
  boolean isFull() {
    return bytes > TableFormat.ENTRY_OFFSET_MAX || count == TableFormat.ENTRY_OFFSET_MAX;
  }

  void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      long hash,
      long tag,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    ensureRoom(HEADER_BYTES_MAX + (long) keyLength + valueLength);
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
      hashes = Arrays.copyOf(hashes, 2 * count);
    }
    offsets[count] = bytes;
    hashes[count] = hash;
    int shared = 0;
    boolean restart = count % interval == 0;
    if (!restart) {
      shared = Keys.sharedLength(buffer, restartOffset, restartLength, key, keyOffset, keyLength);
    }
    int suffix = keyLength - shared;
    long at = Varint.put(buffer, bytes, shared);
    at = Varint.put(buffer, at, suffix);
    at = Varint.put(buffer, at, valueLength);
    at = Varint.put(buffer, at, tag);
    MemorySegment.copy(key, keyOffset + shared, buffer, at, suffix);
    MemorySegment.copy(value, valueOffset, buffer, at + suffix, valueLength);
    if (restart) {
      restartOffset = (int) at;
      restartLength = keyLength;
    }
    lastShared = shared;
    lastSuffix = suffix;
    lastSuffixOffset = at;
    bytes = Math.toIntExact(at + suffix + valueLength);
    count++;
  }

  /// How long the key of the entry added last is.
  int lastKeyLength() {
    return lastShared + lastSuffix;
  }

  /// Copies the key of the entry added last.
  void lastKey(byte[] target) {
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, restartOffset, target, 0, lastShared);
    MemorySegment.copy(
        buffer, ValueLayout.JAVA_BYTE, lastSuffixOffset, target, lastShared, lastSuffix);
  }

  /// Completes the block in [#segment()].
  ///
  /// @return its bytes, without kind and checksum
  int finish() {
    int bucketCount = bucketsFor(count);
    ensureRoom(2L * count + bucketCount + TableFormat.COUNTS_BYTES + TableFormat.TRAILER_BYTES);
    long at = bytes;
    for (int i = 0; i < count; i++) {
      buffer.set(Layouts.SHORT, at, (short) offsets[i]);
      at += 2;
    }
    if (bucketCount > 0) {
      fillBuckets(bucketCount);
      MemorySegment.copy(buckets, 0, buffer, Layouts.BYTE, at, bucketCount);
      at += bucketCount;
    }
    buffer.set(Layouts.SHORT, at, (short) bucketCount);
    buffer.set(Layouts.SHORT, at + 2, (short) count);
    return (int) at + TableFormat.COUNTS_BYTES;
  }

  /// The memory that holds the block; there is room for kind and checksum behind it.
  MemorySegment segment() {
    return buffer;
  }

  void clear() {
    count = 0;
    bytes = 0;
  }

  static int bucket(long hash, int bucketCount) {
    return (int) (((hash & 0xffff_ffffL) * bucketCount) >>> 32);
  }

  private int bucketsFor(int entries) {
    return hashed && entries <= TableFormat.BUCKET_ENTRIES_MAX ? entries + entries / 3 + 1 : 0;
  }

  private void fillBuckets(int bucketCount) {
    Arrays.fill(buckets, 0, bucketCount, (byte) TableFormat.BUCKET_NONE);
    for (int i = 0; i < count; i++) {
      if (i > 0 && hashes[i] == hashes[i - 1]) {
        continue;
      }
      int bucket = bucket(hashes[i], bucketCount);
      boolean free = (buckets[bucket] & 0xff) == TableFormat.BUCKET_NONE;
      buckets[bucket] = (byte) (free ? i : TableFormat.BUCKET_SEVERAL);
    }
  }

  private void ensureRoom(long more) {
    long needed = bytes + more;
    if (needed > buffer.byteSize()) {
      MemorySegment larger = arena.allocate(Math.max(needed, 2 * buffer.byteSize()), 8);
      MemorySegment.copy(buffer, 0, larger, 0, bytes);
      buffer = larger;
    }
  }
}
