package dev.plinth.peers.rocksdb;

import dev.plinth.spi.IndexedValueVisitor;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// Point reads of a RocksDB, of its newest state or of a snapshot.
final class RocksReads {
  private static final int TOGETHER_MAX = 128;
  private static final int TOGETHER_VALUE_BYTES = 4 << 10;

  private final RocksEngine engine;
  private final RocksDB db;
  private final ReadOptions options;

  RocksReads(RocksEngine engine, RocksDB db, ReadOptions options) {
    this.engine = engine;
    this.db = db;
    this.options = options;
  }

  boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    RocksSlot slot = engine.slot();
    try {
      int bytes = get(slot, key, offset, length);
      if (bytes >= 0) {
        visitor.value(slot.shown(), 0, bytes);
      }
      return bytes >= 0;
    } finally {
      engine.give(slot);
    }
  }

  long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    RocksSlot slot = engine.slot();
    try {
      int bytes = get(slot, key, offset, length);
      if (bytes < 0) {
        return -1;
      }
      if (bytes > targetLength) {
        return -2L - bytes;
      }
      MemorySegment.copy(slot.shown(), 0, target, targetOffset, bytes);
      return bytes;
    } finally {
      engine.give(slot);
    }
  }

  int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    int present = 0;
    for (int from = 0; from < count; from += TOGETHER_MAX) {
      int to = Math.min(count, from + TOGETHER_MAX);
      RocksSlot slot = engine.slot();
      try {
        present += readTogether(slot, keys, offsets, lengths, from, to, visitor);
      } catch (RocksDBException e) {
        throw engine.translated(e);
      } finally {
        engine.give(slot);
      }
    }
    return present;
  }

  /// Reads a value into the slot.
  ///
  /// @return its length; -1 when the key is absent
  private int get(RocksSlot slot, MemorySegment key, long offset, int length) {
    engine.traits().requireKey(length);
    slot.read();
    try {
      int room = 0;
      while (true) {
        ByteBuffer target = slot.room(room);
        int capacity = target.capacity();
        int bytes = db.get(options, slot.key(key, offset, length), target);
        if (bytes == RocksDB.NOT_FOUND) {
          return -1;
        }
        if (bytes <= capacity) {
          return bytes;
        }
        room = bytes;
      }
    } catch (RocksDBException e) {
      throw engine.translated(e);
    }
  }

  private int readTogether(
      RocksSlot slot,
      MemorySegment keys,
      long[] offsets,
      int[] lengths,
      int from,
      int to,
      IndexedValueVisitor visitor)
      throws RocksDBException {
    int keyBytes = 0;
    for (int i = from; i < to; i++) {
      engine.traits().requireKey(lengths[i]);
      keyBytes += lengths[i];
      slot.read();
    }
    int valueStart = keyBytes;
    ByteBuffer room = slot.room(valueStart + (to - from) * TOGETHER_VALUE_BYTES);
    List<ByteBuffer> keyBuffers = new ArrayList<>(to - from);
    List<ByteBuffer> valueBuffers = new ArrayList<>(to - from);
    int at = 0;
    for (int i = from; i < to; i++) {
      MemorySegment.copy(keys, offsets[i], slot.writable(), at, lengths[i]);
      keyBuffers.add(room.slice(at, lengths[i]));
      at += lengths[i];
      valueBuffers.add(
          room.slice(valueStart + (i - from) * TOGETHER_VALUE_BYTES, TOGETHER_VALUE_BYTES));
    }
    List<ByteBufferGetStatus> results = db.multiGetByteBuffers(options, keyBuffers, valueBuffers);
    int present = 0;
    boolean[] again = new boolean[to - from];
    for (int i = from; i < to; i++) {
      ByteBufferGetStatus result = results.get(i - from);
      if (result.status.getCode() == Status.Code.Ok) {
        present++;
        again[i - from] = result.requiredSize > TOGETHER_VALUE_BYTES;
        if (!again[i - from]) {
          long start = valueStart + (long) (i - from) * TOGETHER_VALUE_BYTES;
          visitor.value(i, slot.shown(), start, result.requiredSize);
        }
      } else if (result.status.getCode() != Status.Code.NotFound) {
        throw engine.translated(new RocksDBException(result.status));
      }
    }
    return present - large(keys, offsets, lengths, from, again, visitor);
  }

  /// Reads values alone that were too large to be read together.
  ///
  /// @return how many of them are not there any more
  private int large(
      MemorySegment keys,
      long[] offsets,
      int[] lengths,
      int from,
      boolean[] again,
      IndexedValueVisitor visitor) {
    int gone = 0;
    for (int i = 0; i < again.length; i++) {
      int index = from + i;
      if (again[i]
          && !read(
              keys,
              offsets[index],
              lengths[index],
              (segment, offset, length) -> visitor.value(index, segment, offset, length))) {
        gone++;
      }
    }
    return gone;
  }
}
