package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The records of a segmented Raft log, version 1: what a user of the kit's log puts into records,
/// and the values of a Raft log on an engine. A varint is LEB128 in its shortest form, the same
/// bytes as Chronicle's stop-bit encoding of numbers from 0 on. These bytes are on disks.
///
/// ```
/// type 1 ENTRIES   first = group, second = index of the first entry
///   Everything from that index on is void; then these entries are there.
/// +------------+---------+---------+
/// | commit + 1 | entry 1 | entry 2 | ...
/// +------------+---------+---------+
///    varint
///
/// entry
/// +--------+--------+------+-----------+--------+---------+
/// |  gap   |  term  | type | timestamp | length | payload |
/// +--------+--------+------+-----------+--------+---------+
///   varint   varint    1      varint     varint   length
///
/// type 6 BEGIN     as ENTRIES, where the group holds nothing before: its first index is this one
///
/// type 2 STATE     first = group, second = first index
///   Entries before the first index are void; with RESET all entries before this record.
/// +-------+------------+--------+------+------+--------+--------+---------+
/// | flags | commit + 1 |  term  | vote | vote | extras | extras | entry   |
/// |       |            |        | size |      | size   |        | (RESET) |
/// +-------+------------+--------+------+------+--------+--------+---------+
///     1       varint     varint  varint UTF-8   varint
///
/// type 3 TRUNCATE  first = group, second = index; everything from it on is void. No body.
/// type 4 RECLAIM   first = position, second = 0; segments before it may be missing. No body.
/// type 5 MOVED     first = group, second = index of the first entry; body as ENTRIES.
///   These entries were there already; they may be read here, and nothing is void.
/// ```
///
/// `gap` is how many indexes lie between an entry and the one before it in its record, 0 for the
/// first. `flags`: 1 is RESET, 2 says that nothing was ever appended to the group.
public final class RaftLogFormat {
  /// Type of a record with entries.
  public static final int ENTRIES = 1;

  /// Type of a record with entries before which the group holds none.
  public static final int BEGIN = 6;

  /// Type of a record with a group's state.
  public static final int STATE = 2;

  /// Type of a record that voids a suffix.
  public static final int TRUNCATE = 3;

  /// Type of a record that says which segments may be gone.
  public static final int RECLAIM = 4;

  /// Type of a record with entries that were moved forward.
  public static final int MOVED = 5;

  /// All entries before the record are void.
  public static final int RESET = 1;

  /// Nothing was ever appended to the group.
  public static final int FRESH = 2;

  private RaftLogFormat() {}

  /// How many bytes a state takes.
  static int stateBytes(long commit, HardState state) {
    byte[] vote = state.vote().getBytes(StandardCharsets.UTF_8);
    int extras = state.extras().length;
    return 1
        + Varint.size(commit + 1)
        + Varint.size(state.term())
        + Varint.size(vote.length)
        + vote.length
        + Varint.size(extras)
        + extras;
  }

  /// Writes a state.
  ///
  /// @return the offset behind it
  static long putState(MemorySegment target, long offset, int flags, long commit, HardState state) {
    byte[] vote = state.vote().getBytes(StandardCharsets.UTF_8);
    target.set(Layouts.BYTE, offset, (byte) flags);
    long at = Varint.put(target, offset + 1, commit + 1);
    at = Varint.put(target, at, state.term());
    at = putBytes(target, at, vote);
    return putBytes(target, at, state.extras());
  }

  private static long putBytes(MemorySegment target, long offset, byte[] bytes) {
    long at = Varint.put(target, offset, bytes.length);
    MemorySegment.copy(bytes, 0, target, Layouts.BYTE, at, bytes.length);
    return at + bytes.length;
  }

  /// A state as it was read.
  ///
  /// @param end the offset behind it
  record State(int flags, long commit, HardState hardState, long end) {}

  /// Reads a state; null when it is not well formed.
  static @Nullable State getState(MemorySegment source, long offset, long end) {
    if (offset >= end) {
      return null;
    }
    int flags = source.get(Layouts.BYTE, offset);
    long commit = Varint.get(source, offset + 1, end);
    if (commit < 0) {
      return null;
    }
    long at = offset + 1 + Varint.size(commit);
    long term = Varint.get(source, at, end);
    if (term < 0) {
      return null;
    }
    at += Varint.size(term);
    byte[] vote = getBytes(source, at, end);
    if (vote == null) {
      return null;
    }
    at += Varint.size(vote.length) + vote.length;
    byte[] extras = getBytes(source, at, end);
    if (extras == null) {
      return null;
    }
    HardState state = new HardState(term, new String(vote, StandardCharsets.UTF_8), extras);
    return new State(flags, commit - 1, state, at + Varint.size(extras.length) + extras.length);
  }

  private static byte @Nullable [] getBytes(MemorySegment source, long offset, long end) {
    int length = Varint.getInt(source, offset, end);
    if (length < 0 || length > end - offset - Varint.size(length)) {
      return null;
    }
    byte[] bytes = new byte[length];
    MemorySegment.copy(source, Layouts.BYTE, offset + Varint.size(length), bytes, 0, bytes.length);
    return bytes;
  }
}
