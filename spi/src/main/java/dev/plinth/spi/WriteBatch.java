package dev.plinth.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Operations that take effect together or not at all, in one off-heap buffer that is reused.
///
/// Within a batch later operations win over earlier ones. Not thread-safe; may be reused as soon as
/// the write that took it returned. The buffer grows to twice its size when full, up to a maximum,
/// and is released by the garbage collector.
///
/// The encoding is stable, so engines may store it as it is. Each operation:
///
/// ```
/// +------+-------------------+---------------------+-----------+-------------+
/// | kind | key length varint | value length varint | key bytes | value bytes |
/// +------+-------------------+---------------------+-----------+-------------+
///    1        1 to 5              1 to 5
/// ```
///
/// `kind` is 1 for put, 2 for delete (value length 0), 3 for delete range (the value is the end
/// key; an empty one means open). A varint is LEB128: seven bits a byte, low ones first, the top
/// bit set on all but the last. These bytes are on disks: version 1.
public final class WriteBatch {
  /// The first byte of a put.
  public static final byte PUT = 1;

  /// The first byte of a delete.
  public static final byte DELETE = 2;

  /// The first byte of a range delete.
  public static final byte DELETE_RANGE = 3;

  /// The group of a batch that carries no applied index.
  public static final long NO_GROUP = -1;

  private static final int INITIAL_BYTES = 4 << 10;
  private static final int HEADER_BYTES_MAX = 11;

  private final long bytesMax;
  private MemorySegment segment;
  private long bytes;
  private int count;
  private long userBytes;
  private long group = NO_GROUP;
  private long index = -1;

  /// A batch of at most 1 GiB.
  public WriteBatch() {
    this(1L << 30);
  }

  /// A batch that refuses to grow over a size.
  ///
  /// @param bytesMax the most encoded bytes it takes
  public WriteBatch(long bytesMax) {
    if (bytesMax < 1 || bytesMax > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("bytesMax must be 1.." + Integer.MAX_VALUE);
    }
    this.bytesMax = bytesMax;
    this.segment = Arena.ofAuto().allocate(Math.min(INITIAL_BYTES, bytesMax), 8);
  }

  /// Adds a put.
  public WriteBatch put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    append(PUT, key, keyOffset, requireKey(keyLength), value, valueOffset, valueLength);
    userBytes += keyLength + (long) valueLength;
    return this;
  }

  /// Adds a put.
  public WriteBatch put(byte[] key, byte[] value) {
    return put(
        MemorySegment.ofArray(key), 0, key.length, MemorySegment.ofArray(value), 0, value.length);
  }

  /// Adds a delete.
  public WriteBatch delete(MemorySegment key, long keyOffset, int keyLength) {
    append(DELETE, key, keyOffset, requireKey(keyLength), key, keyOffset, 0);
    userBytes += keyLength;
    return this;
  }

  /// Adds a delete.
  public WriteBatch delete(byte[] key) {
    return delete(MemorySegment.ofArray(key), 0, key.length);
  }

  /// Adds a range delete. A `fromLength` of 0 means from the first key on, a `toLength` of 0 means
  /// to the last one.
  public WriteBatch deleteRange(
      MemorySegment from,
      long fromOffset,
      int fromLength,
      MemorySegment to,
      long toOffset,
      int toLength) {
    append(DELETE_RANGE, from, fromOffset, fromLength, to, toOffset, toLength);
    userBytes += fromLength + (long) toLength;
    return this;
  }

  /// Adds a range delete; nothing when the range is empty.
  public WriteBatch deleteRange(KeyRange range) {
    if (range.isEmpty()) {
      return this;
    }
    byte[] from = range.from();
    byte[] to = range.to();
    MemorySegment start = MemorySegment.ofArray(from == null ? new byte[0] : from);
    MemorySegment end = MemorySegment.ofArray(to == null ? new byte[0] : to);
    return deleteRange(start, 0, (int) start.byteSize(), end, 0, (int) end.byteSize());
  }

  /// Says which entry of which Raft group this batch applies; it becomes durable with the data in
  /// one atomic step.
  ///
  /// @param group 0 or more
  /// @param index 0 or more
  public WriteBatch applied(long group, long index) {
    if (group < 0 || index < 0) {
      throw new IllegalArgumentException("group and index must not be negative");
    }
    this.group = group;
    this.index = index;
    return this;
  }

  /// Makes it empty, keeping its memory.
  public void clear() {
    bytes = 0;
    count = 0;
    userBytes = 0;
    group = NO_GROUP;
    index = -1;
  }

  /// How many operations it holds.
  public int count() {
    return count;
  }

  /// Whether it holds neither an operation nor an applied index.
  public boolean isEmpty() {
    return count == 0 && group == NO_GROUP;
  }

  /// How many encoded bytes it holds.
  public long bytes() {
    return bytes;
  }

  /// How many bytes of keys and values it holds: the denominator of write amplification.
  public long userBytes() {
    return userBytes;
  }

  /// The Raft group, or [#NO_GROUP].
  public long group() {
    return group;
  }

  /// The applied index, or -1.
  public long appliedIndex() {
    return index;
  }

  /// The memory that holds the encoded operations from 0 to [#bytes()]; replaced when it grows.
  public MemorySegment segment() {
    return segment;
  }

  /// Shows every operation in order.
  public void forEach(BatchVisitor visitor) {
    long bad = decode(segment, 0, bytes, visitor);
    assert bad < 0 : "a batch does not decode at " + bad;
  }

  /// Shows the operations encoded in a piece of memory.
  ///
  /// @return -1 when all of it was decoded, else the offset of the first operation that is not well
  ///   formed; those before it were shown
  public static long decode(MemorySegment segment, long offset, long length, BatchVisitor visitor) {
    long end = offset + length;
    long at = offset;
    while (at < end) {
      byte kind = segment.get(ValueLayout.JAVA_BYTE, at);
      long keyField = varint(segment, at + 1, end);
      if (keyField < 0 || kind < PUT || kind > DELETE_RANGE) {
        return at;
      }
      long valueField = varint(segment, at + 1 + (keyField >>> 32), end);
      if (valueField < 0) {
        return at;
      }
      int keyLength = (int) keyField;
      int valueLength = (int) valueField;
      long keyOffset = at + 1 + (keyField >>> 32) + (valueField >>> 32);
      long valueOffset = keyOffset + keyLength;
      boolean wellFormed =
          keyLength >= 0
              && valueLength >= 0
              && valueLength <= end - valueOffset
              && (kind == DELETE_RANGE || keyLength > 0)
              && (kind != DELETE || valueLength == 0);
      if (!wellFormed) {
        return at;
      }
      switch (kind) {
        case PUT -> visitor.put(segment, keyOffset, keyLength, valueOffset, valueLength);
        case DELETE -> visitor.delete(segment, keyOffset, keyLength);
        default -> visitor.deleteRange(segment, keyOffset, keyLength, valueOffset, valueLength);
      }
      at = valueOffset + valueLength;
    }
    return -1;
  }

  /// Reads a varint of at most five bytes: its size in the upper half, its value in the lower one;
  /// -1 when it is cut off or too long.
  private static long varint(MemorySegment segment, long offset, long end) {
    long value = 0;
    for (int i = 0; i < 5 && offset + i < end; i++) {
      byte next = segment.get(ValueLayout.JAVA_BYTE, offset + i);
      value |= (next & 0x7fL) << (7 * i);
      if (next >= 0) {
        return value > Integer.MAX_VALUE ? -1 : ((i + 1L) << 32) | value;
      }
    }
    return -1;
  }

  private static int requireKey(int length) {
    if (length < 1) {
      throw new StorageException.LimitExceeded("a key must have at least 1 byte");
    }
    return length;
  }

  private void append(
      byte kind,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    ensureRoom(HEADER_BYTES_MAX + (long) keyLength + valueLength);
    long at = bytes;
    segment.set(ValueLayout.JAVA_BYTE, at++, kind);
    at = putVarint(at, keyLength);
    at = putVarint(at, valueLength);
    MemorySegment.copy(key, keyOffset, segment, at, keyLength);
    MemorySegment.copy(value, valueOffset, segment, at + keyLength, valueLength);
    bytes = at + keyLength + valueLength;
    count++;
  }

  private long putVarint(long offset, int value) {
    long at = offset;
    int rest = value;
    while (rest > 0x7f) {
      segment.set(ValueLayout.JAVA_BYTE, at++, (byte) (rest | 0x80));
      rest >>>= 7;
    }
    segment.set(ValueLayout.JAVA_BYTE, at++, (byte) rest);
    return at;
  }

  private void ensureRoom(long more) {
    long needed = bytes + more;
    if (needed <= segment.byteSize()) {
      return;
    }
    if (needed > bytesMax) {
      throw new StorageException.LimitExceeded(
          "a batch of " + needed + " bytes goes over its limit of " + bytesMax + "; split it");
    }
    long size = Math.min(bytesMax, Math.max(needed, segment.byteSize() * 2));
    MemorySegment larger = Arena.ofAuto().allocate(size, 8);
    MemorySegment.copy(segment, 0, larger, 0, bytes);
    segment = larger;
  }
}
