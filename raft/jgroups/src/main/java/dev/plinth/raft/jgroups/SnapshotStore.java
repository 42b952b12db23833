package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Snapshots in pieces, in a group of the log of their own. A snapshot is first set and then bound
/// to an index; a crash in between leaves the one before. Not thread-safe.
final class SnapshotStore {
  private static final int PIECE = 3;
  private static final int BOUND = 4;
  private static final int PIECE_BYTES = 1 << 20;

  private final RaftLogStore store;
  private final EntryBatch batch = new EntryBatch();
  private @Nullable BoundSnapshot bound;
  private @Nullable Set pending;

  /// A snapshot that is set and not bound yet.
  private record Set(long place, int pieces, long bytes) {}

  SnapshotStore(RaftLogStore store) {
    this.store = store;
    store.read(
        store.firstIndex(),
        store.lastIndex(),
        Long.MAX_VALUE,
        (_, _, type, _, segment, offset, length) -> {
          if (type == BOUND) {
            bound = BoundSnapshot.decode(segment, offset, length);
          }
          if (type == BOUND ? bound == null : type != PIECE) {
            throw new StorageException.UnsupportedFormat(
                "group "
                    + store.group()
                    + " of the log holds an entry of type "
                    + type
                    + ", which is no part of a snapshot of jgroups-raft");
          }
        });
  }

  /// The newest snapshot that counts; null when there is none.
  @Nullable BoundSnapshot bound() {
    return bound;
  }

  /// Writes a snapshot; what was set before and not bound is forgotten.
  void set(ByteBuffer snapshot) {
    MemorySegment bytes = MemorySegment.ofBuffer(snapshot);
    long place = store.lastIndex() + 1;
    int pieces = 0;
    long at = 0;
    while (at < bytes.byteSize()) {
      int length = (int) Math.min(PIECE_BYTES, bytes.byteSize() - at);
      try {
        store.append(batch.add(place + pieces, 0, PIECE, 0, bytes, at, length));
      } finally {
        batch.clear();
      }
      at += length;
      pieces++;
    }
    pending = new Set(place, pieces, at);
  }

  /// Makes the snapshot that was set the one that counts, durably. Where none was set, a log that
  /// begins anew takes the one before along.
  ///
  /// @param begins whether the log begins anew at the index, with the entry of the term and type
  void bind(long index, boolean begins, long term, int type, byte[] payload) {
    Set set = pending;
    BoundSnapshot before = bound;
    if (set == null && before != null && begins) {
      set = new Set(before.place(), before.pieces(), before.bytes());
    }
    if (set == null) {
      return;
    }
    BoundSnapshot next =
        new BoundSnapshot(index, term, set.place, set.pieces, set.bytes, begins, type, payload);
    try {
      store.append(batch.add(store.lastIndex() + 1, 0, BOUND, next.encode()));
    } finally {
      batch.clear();
    }
    store.sync(Long.MAX_VALUE);
    bound = next;
    pending = null;
    store.compactPrefix(next.place());
  }

  /// A copy of the newest snapshot, bound or not; null when there is none.
  @Nullable ByteBuffer read() {
    Set set = pending;
    BoundSnapshot whole = bound;
    if (set == null) {
      if (whole == null) {
        return null;
      }
      set = new Set(whole.place(), whole.pieces(), whole.bytes());
    }
    ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(set.bytes));
    if (set.pieces > 0) {
      store.read(
          set.place,
          set.place + set.pieces - 1,
          Long.MAX_VALUE,
          (_, _, _, _, segment, offset, length) ->
              copy.put(segment.asSlice(offset, length).asByteBuffer()));
    }
    if (copy.hasRemaining()) {
      throw new IllegalStateException(
          "pieces of the snapshot are missing: " + copy.remaining() + " of " + set.bytes);
    }
    return copy.flip();
  }

  /// Forgets every snapshot, durably.
  void clear() {
    bound = null;
    pending = null;
    store.reset(store.lastIndex() + 1, null);
  }
}
