package dev.plinth.peers.rocksdb;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/// Turns a batch of the SPI into one of RocksDB's, through two views of its memory.
final class RocksBatch implements BatchVisitor {
  /// Behind every key that an engine may hold: RocksDB's range deletes need an end.
  private static final byte[] END = new byte[(64 << 10) + 1];

  static {
    Arrays.fill(END, (byte) 0xff);
  }

  private final org.rocksdb.WriteBatch target;
  private final ByteBuffer keys;
  private final ByteBuffer values;

  private RocksBatch(org.rocksdb.WriteBatch target, MemorySegment segment) {
    this.target = target;
    this.keys = segment.asByteBuffer();
    this.values = segment.asByteBuffer();
  }

  /// Adds the operations and the applied index of a batch.
  static void fill(org.rocksdb.WriteBatch target, ColumnFamilyHandle applied, WriteBatch batch)
      throws RocksDBException {
    try {
      batch.forEach(new RocksBatch(target, batch.segment()));
    } catch (Refused e) {
      throw e.reason;
    }
    if (batch.group() != WriteBatch.NO_GROUP) {
      target.put(applied, bytes(batch.group()), bytes(batch.appliedIndex()));
    }
  }

  /// Adds a range delete; an empty end means that there is none.
  static void deleteRange(org.rocksdb.WriteBatch target, byte[] from, byte[] to)
      throws RocksDBException {
    target.deleteRange(from, to.length == 0 ? END : to);
  }

  /// A number as eight bytes, most significant first.
  static byte[] bytes(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    keys.limit((int) keyOffset + keyLength).position((int) keyOffset);
    values.limit((int) valueOffset + valueLength).position((int) valueOffset);
    try {
      target.put(keys, values);
    } catch (RocksDBException e) {
      throw new Refused(e);
    }
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    keys.limit((int) keyOffset + keyLength).position((int) keyOffset);
    try {
      target.delete(keys);
    } catch (RocksDBException e) {
      throw new Refused(e);
    }
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    byte[] from = segment.asSlice(fromOffset, fromLength).toArray(ValueLayout.JAVA_BYTE);
    byte[] to = segment.asSlice(toOffset, toLength).toArray(ValueLayout.JAVA_BYTE);
    try {
      deleteRange(target, from, to);
    } catch (RocksDBException e) {
      throw new Refused(e);
    }
  }

  /// Carries RocksDB's checked exception through a visitor.
  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient RocksDBException reason;

    Refused(RocksDBException reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
