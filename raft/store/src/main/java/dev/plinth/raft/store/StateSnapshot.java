package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A frozen state of a [StateMachineStore], given out in chunks that [StateMachineStore#install()]
/// takes, on any engine. Written one after the other they are a stream. One thread at a time; close
/// it.
public final class StateSnapshot implements AutoCloseable {
  private final Snapshot snapshot;
  private final Cursor cursor;
  private final WriteBatch entries = new WriteBatch();
  private MemorySegment chunk = Arena.ofAuto().allocate(64 << 10);
  private long number;
  private boolean more;
  private boolean ended;

  StateSnapshot(Snapshot snapshot) {
    this.snapshot = snapshot;
    this.cursor = snapshot.cursor(KeyRange.all());
    this.more = cursor.next();
  }

  /// Gives the next chunk.
  ///
  /// @param bytesMax about how long it may be; an entry that is longer gets a chunk of its own
  /// @return the chunk, valid until the next call; null behind the last one
  public @Nullable MemorySegment next(int bytesMax) {
    if (ended) {
      return null;
    }
    entries.clear();
    while (more && (entries.count() == 0 || fits(bytesMax))) {
      entries.put(
          cursor.keySegment(),
          cursor.keyOffset(),
          cursor.keyLength(),
          cursor.valueSegment(),
          cursor.valueOffset(),
          cursor.valueLength());
      more = cursor.next();
    }
    ended = !more;
    long bytes = StateChunkFormat.HEADER_BYTES + entries.bytes();
    if (bytes > chunk.byteSize()) {
      chunk = Arena.ofAuto().allocate(2 * bytes);
    }
    chunk.set(Layouts.INT, 0, StateChunkFormat.MAGIC);
    chunk.set(Layouts.LONG, StateChunkFormat.NUMBER_OFFSET, number++);
    chunk.set(Layouts.BYTE, StateChunkFormat.LAST_OFFSET, (byte) (ended ? 1 : 0));
    MemorySegment.copy(entries.segment(), 0, chunk, StateChunkFormat.HEADER_BYTES, entries.bytes());
    chunk.set(Layouts.INT, StateChunkFormat.CRC_OFFSET, StateChunkFormat.crc(chunk, 0, bytes));
    return chunk.asSlice(0, bytes).asReadOnly();
  }

  private boolean fits(int bytesMax) {
    long bytes = entries.bytes() + cursor.keyLength() + (long) cursor.valueLength() + 11;
    return StateChunkFormat.HEADER_BYTES + bytes <= bytesMax;
  }

  /// What a group was applied up to in this state.
  public StateMachineStore.Applied applied(long group) {
    return StateMachineStore.applied(snapshot, group);
  }

  SortedMap<Long, StateMachineStore.Applied> applied() {
    return StateMachineStore.applied(snapshot);
  }

  @Override
  public void close() {
    cursor.close();
    snapshot.close();
  }
}
