package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.IndexedValueVisitor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/// RocksDB behind the SPI. An unsynced write is WRITTEN by its nature: RocksDB hands the log record
/// to the operating system before it returns.
final class RocksEngine extends PeerEngine<RocksSlot> {
  private final RocksHandles handles;
  private final RocksReads reads;

  RocksEngine(
      String name,
      PeerDirectory directory,
      EngineTraits traits,
      EngineEnvironment environment,
      RocksHandles handles,
      long nanos) {
    super(name, directory, traits, environment, RocksSlot::new);
    this.handles = handles;
    this.reads = new RocksReads(this, handles.db, handles.newest);
    try (RocksIterator groups = handles.db.newIterator(handles.applied)) {
      for (groups.seekToFirst(); groups.isValid(); groups.next()) {
        applied()
            .found(
                ByteBuffer.wrap(groups.key()).getLong(), ByteBuffer.wrap(groups.value()).getLong());
      }
    }
    opened(handles.db.getLatestSequenceNumber(), nanos);
  }

  RocksHandles handles() {
    return handles;
  }

  RocksSlot slot() {
    return slots().take();
  }

  void give(RocksSlot slot) {
    slot.trim();
    slots().give(slot);
  }

  StorageException translated(RocksDBException e) {
    return RocksErrors.translate(directory().path(), e);
  }

  @Override
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    traits().requireKey(keyLength);
    traits().requireValue(valueLength);
    WriteOptions options = options(durability);
    RocksSlot slot = slot();
    try {
      handles.db.put(
          options,
          slot.key(key, keyOffset, keyLength),
          slot.value(value, valueOffset, valueLength));
      slot.written(keyLength + (long) valueLength);
      return done(durability);
    } catch (RocksDBException e) {
      throw translated(e);
    } finally {
      give(slot);
    }
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits().requireKey(keyLength);
    WriteOptions options = options(durability);
    RocksSlot slot = slot();
    try {
      handles.db.delete(options, slot.key(key, keyOffset, keyLength));
      slot.written(keyLength);
      return done(durability);
    } catch (RocksDBException e) {
      throw translated(e);
    } finally {
      give(slot);
    }
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    WriteBatch batch = new WriteBatch().deleteRange(range);
    return write(batch, durability);
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    traits().requireBatch(batch.bytes());
    WriteOptions options = options(durability);
    RocksSlot slot = slot();
    try {
      if (batch.isEmpty()) {
        return sequence();
      }
      batch.forEach(limits());
      org.rocksdb.WriteBatch target = slot.batch();
      RocksBatch.fill(target, handles.applied, batch);
      handles.db.write(options, target);
      slot.written(batch.userBytes());
      if (batch.group() != WriteBatch.NO_GROUP) {
        applied().applied(batch.group(), batch.appliedIndex());
      }
      return done(durability);
    } catch (RocksDBException e) {
      throw translated(e);
    } finally {
      give(slot);
    }
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return reads.read(key, offset, length, visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return reads.copy(key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    return reads.readMany(keys, offsets, lengths, count, visitor);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return cursor(range, null);
  }

  Cursor cursor(KeyRange range, org.rocksdb.@Nullable Snapshot snapshot) {
    beginLease();
    try {
      return new RocksCursor(this, range, snapshot);
    } catch (RuntimeException e) {
      endLease();
      throw e;
    }
  }

  @Override
  public Snapshot snapshot() {
    beginLease();
    long number = sequence();
    return new RocksSnapshot(this, handles.db.getSnapshot(), number);
  }

  @Override
  public long ingest(EntrySource source) {
    beginLease();
    try {
      long bytes = RocksIngestion.run(handles, directory(), traits(), source);
      if (bytes < 0) {
        return sequence();
      }
      RocksSlot slot = slot();
      slot.written(bytes);
      give(slot);
      return numbered();
    } catch (RocksDBException e) {
      throw translated(e);
    } finally {
      endLease();
    }
  }

  @Override
  public void compact(KeyRange range) {
    leased(
        () -> {
          try {
            handles.db.compactRange(handles.entries, range.from(), range.to());
          } catch (RocksDBException e) {
            throw translated(e);
          }
        });
  }

  @Override
  public void settle() {
    leased(
        () -> {
          try {
            writeOut();
            RocksFigures.awaitQuiet(handles.db);
          } catch (RocksDBException e) {
            throw translated(e);
          }
        });
  }

  @Override
  public long approximateBytes(KeyRange range) {
    beginLease();
    try {
      return RocksFigures.approximateBytes(handles, range);
    } finally {
      endLease();
    }
  }

  @Override
  protected void sync() {
    try {
      if (handles.settings.logged()) {
        handles.db.flushWal(true);
      } else {
        writeOut();
      }
    } catch (RocksDBException e) {
      throw translated(e);
    }
  }

  @Override
  protected void finish() {
    sync();
  }

  @Override
  protected void free() {
    handles.free();
  }

  @Override
  protected Figures figures(SortedMap<String, Long> details) {
    try {
      return RocksFigures.of(handles, directory().contents().bytes(), details);
    } catch (RocksDBException e) {
      throw translated(e);
    }
  }

  @Override
  protected void copyTo(Path target) {
    try (Checkpoint checkpoint = Checkpoint.create(handles.db)) {
      checkpoint.createCheckpoint(target.toString());
    } catch (RocksDBException e) {
      throw translated(e);
    }
  }

  @Override
  protected void check() {
    try {
      handles.db.verifyChecksum();
    } catch (RocksDBException e) {
      throw translated(e);
    }
  }

  private WriteOptions options(Durability durability) {
    if (durability != Durability.SYNCED) {
      return handles.unsynced;
    }
    if (!handles.settings.logged()) {
      throw new StorageException.Unsupported(
          "a SYNCED write needs the log, which is off; write with less and call flush()");
    }
    return handles.synced;
  }

  private long done(Durability durability) throws RocksDBException {
    if (durability == Durability.WRITTEN && handles.settings.logBuffered()) {
      handles.db.flushWal(false);
    }
    return numbered(durability);
  }

  private void writeOut() throws RocksDBException {
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      handles.db.flush(options, List.of(handles.entries, handles.applied));
    }
  }
}
