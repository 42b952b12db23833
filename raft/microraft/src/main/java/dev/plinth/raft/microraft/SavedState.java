package dev.plinth.raft.microraft;

import dev.plinth.raft.store.HardState;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// What a member must never forget, in the extras of its hard state, version 1: who it is, the
/// group's first members, its term and vote, each as the serializer writes it. These bytes are on
/// disks.
///
/// ```
/// +---------+--------+----------+--------+---------+--------+------+
/// | version | length | endpoint | length | members | length | term |
/// +---------+--------+----------+--------+---------+--------+------+
///      1        4                   4                  4
/// ```
///
/// Little-endian; a length of -1 stands for what was not saved yet.
///
/// @param endpoint the state of the local endpoint; null when not saved
/// @param members the initial members; null when not saved
/// @param term term and vote; null when not saved
@SuppressWarnings("ArrayRecordComponent") // Bytes that nobody compares.
record SavedState(byte @Nullable [] endpoint, byte @Nullable [] members, byte @Nullable [] term) {
  private static final byte VERSION = 1;
  private static final int BYTES_MAX = 64 << 10;

  /// Takes them from a hard state.
  ///
  /// @throws StorageException.UnsupportedFormat when another library, or a newer version, wrote it
  static SavedState of(HardState state) {
    byte[] extras = state.extras();
    if (extras.length == 0) {
      if (!state.equals(HardState.NONE)) {
        throw notOurs(state);
      }
      return new SavedState(null, null, null);
    }
    ByteBuffer in = ByteBuffer.wrap(extras).order(ByteOrder.LITTLE_ENDIAN);
    if (in.get() != VERSION) {
      throw notOurs(state);
    }
    return new SavedState(part(in, state), part(in, state), part(in, state));
  }

  private static byte @Nullable [] part(ByteBuffer in, HardState state) {
    if (in.remaining() < Integer.BYTES) {
      throw notOurs(state);
    }
    int length = in.getInt();
    if (length < 0) {
      return null;
    }
    if (length > in.remaining()) {
      throw notOurs(state);
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }

  private static StorageException notOurs(HardState state) {
    return new StorageException.UnsupportedFormat(
        "the log's hard state was not written by this version of the adapter for MicroRaft: "
            + state);
  }

  /// The hard state that holds them.
  ///
  /// @param number the term
  /// @param vote whom it voted for, for people; empty for nobody
  HardState toHardState(long number, String vote) {
    int bytes = 1 + 3 * Integer.BYTES + length(endpoint) + length(members) + length(term);
    if (bytes > BYTES_MAX) {
      throw new StorageException.LimitExceeded(
          "endpoint, first members and vote have "
              + bytes
              + " bytes; "
              + BYTES_MAX
              + " is the most");
    }
    ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).put(VERSION);
    put(out, endpoint);
    put(out, members);
    put(out, term);
    return new HardState(number, vote, out.array());
  }

  private static int length(byte @Nullable [] part) {
    return part == null ? 0 : part.length;
  }

  private static void put(ByteBuffer out, byte @Nullable [] part) {
    if (part == null) {
      out.putInt(-1);
    } else {
      out.putInt(part.length).put(part);
    }
  }
}
