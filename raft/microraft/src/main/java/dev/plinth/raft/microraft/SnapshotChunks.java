package dev.plinth.raft.microraft;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.StorageException;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.persistence.RaftStoreSerializer.Serializer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The chunks of snapshots, in a group of the log of their own: they come in any order, and one
/// sync makes them and the log's entries durable. Version 1; these bytes are on disks.
///
/// ```
/// +----------------+--------+-------+-----------------------------------+
/// | snapshot index | number | count | chunk, as the serializer writes it |    type CHUNK
/// +----------------+--------+-------+-----------------------------------+
///         8            4        4
/// +----------------+
/// | snapshot index |                                  type DROPPED: the chunks before do not count
/// +----------------+
///         8
/// ```
///
/// Little-endian. An entry's index is its place in the order of writing, its term the snapshot's.
/// Of two chunks with one number the later one counts. Not thread-safe.
final class SnapshotChunks {
  private static final int CHUNK = 3;
  private static final int DROPPED = 4;
  private static final int HEADER_BYTES = 16;

  private final RaftLogStore store;
  private final Serializer<SnapshotChunk> serializer;
  private final EntryBatch batch = new EntryBatch();
  private final NavigableMap<Long, Chunks> snapshots = new TreeMap<>();

  /// The chunks of one snapshot that are there: the place of each, by number.
  private static final class Chunks {
    final long term;
    final int count;
    final SortedMap<Integer, Long> places = new TreeMap<>();

    Chunks(long term, int count) {
      this.term = term;
      this.count = count;
    }

    boolean isWhole() {
      return places.size() == count;
    }
  }

  SnapshotChunks(RaftLogStore store, Serializer<SnapshotChunk> serializer) {
    this.store = store;
    this.serializer = serializer;
    store.read(store.firstIndex(), store.lastIndex(), Long.MAX_VALUE, this::found);
  }

  private void found(
      long place, long term, int type, long time, MemorySegment segment, long offset, int length) {
    boolean isChunk = type == CHUNK && length >= HEADER_BYTES;
    if (!isChunk && !(type == DROPPED && length == Long.BYTES)) {
      throw new StorageException.UnsupportedFormat(
          "group "
              + store.group()
              + " of the log holds an entry of type "
              + type
              + " with "
              + length
              + " bytes, which is no chunk of a snapshot of MicroRaft");
    }
    ByteBuffer in = segment.asSlice(offset, Math.min(length, HEADER_BYTES)).asByteBuffer();
    in.order(ByteOrder.LITTLE_ENDIAN);
    long index = in.getLong();
    if (isChunk) {
      note(index, term, in.getInt(), in.getInt(), place);
    } else {
      snapshots.remove(index);
    }
  }

  private void note(long index, long term, int number, int count, long place) {
    Chunks chunks = snapshots.get(index);
    if (chunks == null || chunks.count != count || chunks.term != term) {
      chunks = new Chunks(term, count);
      snapshots.put(index, chunks);
    }
    chunks.places.put(number, place);
  }

  /// Adds a chunk; durable with the log's next sync.
  void add(SnapshotChunk chunk) {
    byte[] bytes = serializer.serialize(chunk);
    ByteBuffer payload =
        ByteBuffer.allocate(HEADER_BYTES + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    payload.putLong(chunk.getIndex());
    payload.putInt(chunk.getSnapshotChunkIndex()).putInt(chunk.getSnapshotChunkCount()).put(bytes);
    long place = append(chunk.getTerm(), CHUNK, payload.array());
    note(
        chunk.getIndex(),
        chunk.getTerm(),
        chunk.getSnapshotChunkIndex(),
        chunk.getSnapshotChunkCount(),
        place);
  }

  private long append(long term, int type, byte[] payload) {
    long place = store.lastIndex() + 1;
    try {
      store.append(batch.add(place, term, type, payload));
    } finally {
      batch.clear();
    }
    return place;
  }

  /// Makes the chunks of a snapshot count for nothing.
  void drop(long index) {
    if (snapshots.containsKey(index)) {
      byte[] payload = new byte[Long.BYTES];
      ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putLong(index);
      append(0, DROPPED, payload);
      snapshots.remove(index);
    }
  }

  /// Gives back the space of all that is older than the newest whole snapshot. A crash leaves a
  /// first part of what was done: it cannot take the newest one and keep this.
  void dropReplaced() {
    snapshots.headMap(newestWhole(), false).clear();
    long least = store.lastIndex() + 1;
    for (Chunks chunks : snapshots.values()) {
      for (long place : chunks.places.values()) {
        least = Math.min(least, place);
      }
    }
    store.compactPrefix(least);
  }

  /// The index of the newest snapshot that has all its chunks; -1 when there is none.
  long newestWhole() {
    for (var snapshot : snapshots.descendingMap().entrySet()) {
      if (snapshot.getValue().isWhole()) {
        return snapshot.getKey();
      }
    }
    return -1;
  }

  /// The chunks of a whole snapshot, in order.
  List<SnapshotChunk> read(long index) {
    Chunks chunks = snapshots.get(index);
    List<SnapshotChunk> read = new ArrayList<>();
    if (chunks != null) {
      chunks.places.values().forEach(place -> read.add(read(place, index)));
    }
    return read;
  }

  private SnapshotChunk read(long place, long index) {
    @Nullable SnapshotChunk[] found = new SnapshotChunk[1];
    store.read(
        place,
        (_, _, _, _, segment, offset, length) -> {
          byte[] bytes = new byte[length - HEADER_BYTES];
          MemorySegment.copy(
              segment, ValueLayout.JAVA_BYTE, offset + HEADER_BYTES, bytes, 0, bytes.length);
          found[0] = serializer.deserialize(bytes);
        });
    SnapshotChunk chunk = found[0];
    if (chunk == null) {
      throw new IllegalStateException("chunk " + place + " of snapshot " + index + " is gone");
    }
    return chunk;
  }
}
