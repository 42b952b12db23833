package dev.plinth.peers.rocksdb;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.IndexedValueVisitor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.rocksdb.ReadOptions;

/// A RocksDB snapshot. Closing waits for reads that run, and never frees it under a cursor: RocksDB
/// keeps what an iterator shows alive by itself.
final class RocksSnapshot implements Snapshot {
  private final RocksEngine engine;
  private final org.rocksdb.Snapshot frozen;
  private final long sequence;
  private final ReadOptions options;
  private final RocksReads reads;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  RocksSnapshot(RocksEngine engine, org.rocksdb.Snapshot frozen, long sequence) {
    this.engine = engine;
    this.frozen = frozen;
    this.sequence = sequence;
    this.options = new ReadOptions().setSnapshot(frozen);
    this.reads = new RocksReads(engine, engine.handles().db, options);
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return open(() -> reads.read(key, offset, length, visitor));
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return open(() -> reads.copy(key, offset, length, target, targetOffset, targetLength));
  }

  @Override
  public int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    return open(() -> reads.readMany(keys, offsets, lengths, count, visitor));
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return open(() -> engine.cursor(range, frozen));
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        options.close();
        engine.handles().db.releaseSnapshot(frozen);
        engine.endLease();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private <T> T open(Supplier<T> read) {
    lock.readLock().lock();
    try {
      if (closed || engine.isClosed()) {
        throw new StorageException.Closed("the snapshot or its engine was closed");
      }
      return read.get();
    } finally {
      lock.readLock().unlock();
    }
  }
}
