package dev.plinth.raft.store;

import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What applying entries changes in one group's state machine, in an off-heap buffer that is used
/// again. Not thread-safe.
public final class StateBatch {
  private final long group;
  private final int prefixBytes;
  private final WriteBatch batch = new WriteBatch();
  private MemorySegment key = Arena.ofAuto().allocate(256);

  /// @param group 0 or more
  public StateBatch(long group) {
    if (group < 0) {
      throw new IllegalArgumentException("the group must not be negative");
    }
    this.group = group;
    byte[] prefix = StateKeys.prefix(StateKeys.DATA, group);
    this.prefixBytes = prefix.length;
    MemorySegment.copy(prefix, 0, key, ValueLayout.JAVA_BYTE, 0, prefixBytes);
  }

  /// The group it is for.
  public long group() {
    return group;
  }

  /// A key gets a value.
  public StateBatch put(
      MemorySegment user,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    setKey(user, keyOffset, keyLength);
    batch.put(key, 0, prefixBytes + keyLength, value, valueOffset, valueLength);
    return this;
  }

  /// A key gets a value.
  public StateBatch put(byte[] user, byte[] value) {
    MemorySegment segment = MemorySegment.ofArray(value);
    return put(MemorySegment.ofArray(user), 0, user.length, segment, 0, value.length);
  }

  /// A key goes.
  public StateBatch delete(MemorySegment user, long keyOffset, int keyLength) {
    setKey(user, keyOffset, keyLength);
    batch.delete(key, 0, prefixBytes + keyLength);
    return this;
  }

  /// A key goes.
  public StateBatch delete(byte[] user) {
    return delete(MemorySegment.ofArray(user), 0, user.length);
  }

  /// All keys of a range go.
  public StateBatch deleteRange(KeyRange range) {
    if (!range.isEmpty()) {
      batch.deleteRange(StateKeys.range(group, range));
    }
    return this;
  }

  /// Makes it empty, keeping its memory.
  public void clear() {
    batch.clear();
  }

  /// How many operations it holds.
  public int count() {
    return batch.count();
  }

  /// How many encoded bytes it holds.
  public long bytes() {
    return batch.bytes();
  }

  WriteBatch batch() {
    return batch;
  }

  private void setKey(MemorySegment user, long offset, int length) {
    if (prefixBytes + length > key.byteSize()) {
      MemorySegment larger = Arena.ofAuto().allocate(2L * (prefixBytes + length));
      MemorySegment.copy(key, 0, larger, 0, prefixBytes);
      key = larger;
    }
    MemorySegment.copy(user, offset, key, prefixBytes, length);
  }
}
