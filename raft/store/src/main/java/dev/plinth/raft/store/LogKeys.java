package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The keys of Raft logs on an engine, version 1: of each group its state, its entries, and marks
/// of its configuration entries. Numbers are big-endian, so keys order as indexes do. These bytes
/// are on disks.
///
/// ```
/// +-------+------+-------+
/// | group | kind | index |
/// +-------+------+-------+
///     8      1       8
/// ```
///
/// - kind 0, index 0: the state: the first index (8 bytes, little-endian), then as in a record of
///   [RaftLogFormat] of type STATE.
/// - kind 1: an entry, as in a record of [RaftLogFormat], its gap 0.
/// - kind 2: the entry with this index is of type CONFIGURATION; no value.
final class LogKeys {
  static final int KEY_BYTES = 17;
  static final int STATE = 0;
  static final int ENTRY = 1;
  static final int CONFIGURATION = 2;

  private static final int KIND_OFFSET = 8;
  private static final int INDEX_OFFSET = 9;

  private LogKeys() {}

  static MemorySegment allocate() {
    return Arena.ofAuto().allocate(KEY_BYTES, 8);
  }

  static void put(MemorySegment key, long group, int kind, long index) {
    key.set(Layouts.LONG_BIG_ENDIAN, 0, group);
    key.set(Layouts.BYTE, KIND_OFFSET, (byte) kind);
    key.set(Layouts.LONG_BIG_ENDIAN, INDEX_OFFSET, index);
  }

  static byte[] key(long group, int kind, long index) {
    byte[] key = new byte[KEY_BYTES];
    put(MemorySegment.ofArray(key), group, kind, index);
    return key;
  }

  /// The keys of a kind from an index on.
  static KeyRange from(long group, int kind, long index) {
    return KeyRange.of(key(group, kind, index), key(group, kind + 1, 0));
  }

  /// The keys of a kind with indexes from one on and before another.
  static KeyRange between(long group, int kind, long from, long to) {
    return KeyRange.of(key(group, kind, from), key(group, kind, to));
  }

  static long group(MemorySegment key, long offset) {
    return key.get(Layouts.LONG_BIG_ENDIAN, offset);
  }

  static int kind(MemorySegment key, long offset) {
    return key.get(ValueLayout.JAVA_BYTE, offset + KIND_OFFSET);
  }

  static long index(MemorySegment key, long offset) {
    return key.get(Layouts.LONG_BIG_ENDIAN, offset + INDEX_OFFSET);
  }
}
