package dev.plinth.peers.lmdb;

import dev.plinth.peers.GroupedWriter;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/// LMDB behind the SPI: reads through pooled read transactions, writes through a [GroupedWriter].
final class LmdbEngine extends PeerEngine<LmdbReader> {
  private static final int APPEND_OPERATIONS_MIN = 16;

  private final LmdbStore store;
  private final LmdbSettings settings;
  private final GroupedWriter writer;
  private final LmdbWalker.Pool walkers;
  private volatile boolean readersActive;

  LmdbEngine(
      String name,
      PeerDirectory directory,
      EngineTraits traits,
      EngineEnvironment environment,
      LmdbStore store,
      LmdbSettings settings,
      long nanos) {
    super(name, directory, traits, environment, () -> new LmdbReader(store));
    this.store = store;
    this.settings = settings;
    this.walkers = new LmdbWalker.Pool(store);
    this.writer =
        new GroupedWriter(
            this::commit,
            settings.commitEvery(),
            settings.commitBytesMax(),
            settings.commitSync(),
            this::poisoned);
    long[] last = {store.lastTransaction()};
    store.forEachNumber(
        (key, value) -> {
          if (key == GroupedWriter.SEQUENCE_KEY) {
            last[0] = Math.max(last[0], value);
          } else {
            applied().found(key, value);
          }
        });
    opened(last[0], nanos);
  }

  /// Copies a value out where there is room.
  static long copyOut(
      MemorySegment segment,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    if (length > targetLength) {
      return -2L - length;
    }
    MemorySegment.copy(segment, offset, target, targetOffset, length);
    return length;
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
    beginWrite();
    try {
      writer.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
      return done(durability);
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits().requireKey(keyLength);
    beginWrite();
    try {
      writer.delete(key, keyOffset, keyLength, durability);
      return done(durability);
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    return write(new WriteBatch().deleteRange(range), durability);
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    traits().requireBatch(batch.bytes());
    beginWrite();
    try {
      if (batch.isEmpty()) {
        return sequence();
      }
      batch.forEach(limits());
      if (batch.group() != WriteBatch.NO_GROUP) {
        store.requireNumbers();
      }
      writer.write(batch, durability);
      if (batch.group() != WriteBatch.NO_GROUP) {
        applied().applied(batch.group(), batch.appliedIndex());
      }
      return done(durability);
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    traits().requireKey(length);
    showWaiting();
    LmdbReader reader = slots().take();
    try {
      Window value = reader.find(key, offset, length);
      if (value == null) {
        return false;
      }
      visitor.value(Window.SHOWN, value.address(), value.length());
      return true;
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      give(reader);
    }
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    traits().requireKey(length);
    showWaiting();
    LmdbReader reader = slots().take();
    try {
      Window value = reader.find(key, offset, length);
      return value == null
          ? -1
          : copyOut(
              Window.SHOWN, value.address(), value.length(), target, targetOffset, targetLength);
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      give(reader);
    }
  }

  @Override
  public Cursor cursor(KeyRange range) {
    beginLease();
    try {
      showWaiting();
      LmdbWalker walker = walkers.take();
      return new LmdbCursor(this, range, walker.cursor, null, () -> walkers.give(walker));
    } catch (LmdbException e) {
      endLease();
      throw store.translated(e);
    } catch (RuntimeException e) {
      endLease();
      throw e;
    }
  }

  @Override
  public Snapshot snapshot() {
    beginLease();
    writer.lock();
    try {
      writer.commitWaiting(false);
      return new LmdbSnapshot(this, store, store.newRead(), sequence());
    } catch (LmdbException e) {
      endLease();
      throw store.translated(e);
    } catch (RuntimeException e) {
      endLease();
      throw e;
    } finally {
      writer.unlock();
    }
  }

  @Override
  public long ingest(EntrySource source) {
    beginLease();
    writer.lock();
    try {
      writer.commitWaiting(false);
      long bytes = ingestNow(source);
      if (bytes < 0) {
        return sequence();
      }
      writer.committed(bytes);
      return numbered(Durability.SYNCED);
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
      endLease();
    }
  }

  @Override
  public void compact(KeyRange range) {
    throw new StorageException.Unsupported(
        "LMDB does not compact a store that is open; a copy of it can be (mdb_copy -c)");
  }

  @Override
  public void settle() {
    flush();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    long bytes = 0;
    try (Cursor cursor = cursor(range)) {
      while (cursor.next()) {
        bytes += cursor.keyLength() + (long) cursor.valueLength();
      }
    }
    return bytes;
  }

  @Override
  protected long userBytes() {
    writer.lock();
    try {
      return writer.userBytes();
    } finally {
      writer.unlock();
    }
  }

  @Override
  protected void sync() {
    writer.lock();
    try {
      writer.commitWaiting(true);
      store.sync();
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
    }
  }

  @Override
  protected void finish() {
    writer.lock();
    try {
      writer.finish(lastSequence(), store.keepsNumbers());
      store.sync();
    } catch (LmdbException e) {
      throw store.translated(e);
    } finally {
      writer.unlock();
    }
  }

  @Override
  protected void free() {
    walkers.free();
    store.close();
  }

  @Override
  protected Figures figures(SortedMap<String, Long> details) {
    LmdbReader reader = slots().take();
    try {
      long entries = reader.entries();
      PeerDirectory.Contents files = directory().contents();
      long dataFile = directory().bytes("data.mdb");
      details.put("readers", (long) store.readers());
      details.put("commits", store.generation() / 2);
      return new Figures(
          entries,
          files.bytes() - dataFile + Math.min(dataFile, store.usedBytes()),
          -1,
          -1,
          writer.heldBytes(),
          0,
          -1,
          0);
    } finally {
      give(reader);
    }
  }

  @Override
  protected void copyTo(Path target) {
    showWaiting();
    PeerDirectory.create(target);
    try {
      store.copy(target);
    } catch (LmdbException e) {
      throw store.translated(e);
    }
  }

  @Override
  protected void check() {
    // LMDB has no checksums: the walk over all entries that follows is all there is.
  }

  /// Takes the writer's lock. Closing takes it too, so that the store stays open while it is held.
  private void beginWrite() {
    writer.lock();
    if (isClosed()) {
      writer.unlock();
      throw new StorageException.Closed("LMDB at " + directory().path() + " was closed");
    }
  }

  private long ingestNow(EntrySource source) {
    resetReaders();
    try (Txn<Window> txn = store.begin(true)) {
      LmdbApply target = new LmdbApply(store, txn, settings.append());
      long bytes = new LmdbIngestion(target, traits()).run(source);
      if (bytes >= 0) {
        store.commit(txn);
      }
      return bytes;
    }
  }

  private void commit(WriteBatch operations, Map<Long, Long> numbers, boolean sync) {
    resetReaders();
    boolean append = settings.append() && operations.count() >= APPEND_OPERATIONS_MIN;
    try (Txn<Window> txn = store.begin(sync)) {
      operations.forEach(new LmdbApply(store, txn, append));
      numbers.forEach((key, value) -> store.putNumber(txn, key, value));
      store.commit(txn);
    } catch (LmdbException e) {
      throw store.translated(e);
    }
  }

  private long done(Durability durability) {
    return numbered(writer.isSynced(durability) ? Durability.SYNCED : durability);
  }

  /// Commits what waits, so that a read sees it: LMDB's readers see what is committed.
  private void showWaiting() {
    if (writer.isWaiting()) {
      writer.lock();
      try {
        writer.commitWaiting(false);
      } catch (LmdbException e) {
        throw store.translated(e);
      } finally {
        writer.unlock();
      }
    }
  }

  private void give(LmdbReader reader) {
    boolean active = reader.isActive();
    slots().give(reader);
    if (active && !readersActive) {
      readersActive = true;
    }
  }

  /// Lets idle readers let go of old pages, so that the commit to come may use them again.
  private void resetReaders() {
    if (readersActive) {
      readersActive = false;
      slots().forEachIdle(LmdbReader::reset);
    }
  }
}
