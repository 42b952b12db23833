package dev.plinth.raft.jgroups;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// A snapshot that counts, and the log that goes with it, as an entry of the group of snapshots,
/// version 1. These bytes are on disks.
///
/// ```
/// +-------+------+-------+--------+-------+-------+------+---------+
/// | index | term | place | pieces | bytes | begin | type | payload |
/// +-------+------+-------+--------+-------+-------+------+---------+
///     8      8       8       4        8       1      1
/// ```
///
/// Little-endian.
///
/// @param index the log's first index; everything up to it is in the snapshot
/// @param term of the entry at the index; 0 when the log is only cut
/// @param place of the first piece in the group
/// @param pieces how many there are
/// @param bytes of all pieces
/// @param begins whether the log begins anew with an entry, of a type and with a payload; else it
///   keeps its entries from the index on
@SuppressWarnings("ArrayRecordComponent") // Bytes that nobody compares.
record BoundSnapshot(
    long index,
    long term,
    long place,
    int pieces,
    long bytes,
    boolean begins,
    int type,
    byte[] payload) {
  private static final int HEADER_BYTES = 38;

  byte[] encode() {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(index)
        .putLong(term)
        .putLong(place)
        .putInt(pieces)
        .putLong(bytes)
        .put((byte) (begins ? 1 : 0))
        .put((byte) type)
        .put(payload)
        .array();
  }

  /// Reads it; null when the bytes are none.
  static @Nullable BoundSnapshot decode(MemorySegment segment, long offset, int length) {
    if (length < HEADER_BYTES) {
      return null;
    }
    ByteBuffer in = segment.asSlice(offset, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long index = in.getLong();
    long term = in.getLong();
    long place = in.getLong();
    int pieces = in.getInt();
    long bytes = in.getLong();
    boolean begins = in.get() == 1;
    int type = in.get() & 0xff;
    byte[] payload = new byte[in.remaining()];
    in.get(payload);
    return new BoundSnapshot(index, term, place, pieces, bytes, begins, type, payload);
  }
}
