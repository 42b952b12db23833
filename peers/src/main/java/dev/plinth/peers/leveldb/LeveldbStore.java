package dev.plinth.peers.leveldb;

import dev.plinth.peers.HeapStore;
import dev.plinth.peers.HeapView;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine.Figures;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.iq80.leveldb.DBException;
import org.iq80.leveldb.WriteOptions;
import org.iq80.leveldb.impl.DbImpl;
import org.jspecify.annotations.Nullable;

/// iq80's LevelDB. The empty key, which no user can write, holds the applied indexes; writing it
/// with a sync also syncs all log records before it.
final class LeveldbStore implements HeapStore {
  /// Where the applied indexes are kept.
  static final byte[] OURS = {};

  private static final WriteOptions UNSYNCED = new WriteOptions();
  private static final WriteOptions SYNCED = new WriteOptions().sync(true);
  private static final Set<String> NOT_COPIED = Set.of("LOCK");
  private static final int QUIET_ROUNDS = 3;

  private final DbImpl db;
  private final PeerDirectory directory;
  private final SortedMap<Long, Long> numbers = new TreeMap<>();

  LeveldbStore(DbImpl db, PeerDirectory directory) {
    this.db = db;
    this.directory = directory;
    byte[] stored = db.get(OURS);
    if (stored != null) {
      ByteBuffer buffer = ByteBuffer.wrap(stored);
      while (buffer.hasRemaining()) {
        numbers.put(buffer.getLong(), buffer.getLong());
      }
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return translating(() -> db.get(key));
  }

  @Override
  public HeapView freeze() {
    return translating(() -> new LeveldbView(db, db.getSnapshot(), directory.path()));
  }

  @Override
  public void put(byte[] key, byte[] value, boolean sync) {
    translating(() -> db.put(key, value, sync ? SYNCED : UNSYNCED));
  }

  @Override
  public void delete(byte[] key, boolean sync) {
    translating(() -> db.delete(key, sync ? SYNCED : UNSYNCED));
  }

  @Override
  public void write(WriteBatch operations, Map<Long, Long> newNumbers, boolean sync) {
    LeveldbChanges changes = new LeveldbChanges(this::freeze);
    operations.forEach(changes);
    try (org.iq80.leveldb.WriteBatch batch = db.createWriteBatch()) {
      changes.addTo(batch);
      SortedMap<Long, Long> merged = new TreeMap<>(numbers);
      merged.putAll(newNumbers);
      if (!newNumbers.isEmpty()) {
        batch.put(OURS, encoded(merged));
      }
      translating(() -> db.write(batch, sync ? SYNCED : UNSYNCED));
      synchronized (numbers) {
        numbers.putAll(newNumbers);
      }
    } catch (IOException e) {
      throw failed(directory.path(), e);
    }
  }

  @Override
  public Map<Long, Long> numbers() {
    return numbers;
  }

  @Override
  public boolean keepsNumbers() {
    return true;
  }

  @Override
  public void sync() {
    byte[] stored;
    synchronized (numbers) {
      stored = encoded(numbers);
    }
    put(OURS, stored, true);
  }

  @Override
  public void settle() {
    translating(
        () -> {
          db.flushMemTable();
          return true;
        });
    PeerDirectory.Contents before = directory.contents();
    int quiet = 0;
    while (quiet < QUIET_ROUNDS) {
      awaitCompaction();
      PeerDirectory.Contents now = directory.contents();
      quiet = now.equals(before) ? quiet + 1 : 0;
      before = now;
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  @Override
  public void compact(KeyRange range) {
    throw new StorageException.Unsupported("iq80's LevelDB compacts by itself only");
  }

  @Override
  public void copyTo(Path target) {
    try {
      db.suspendCompactions();
      try {
        PeerDirectory.copy(directory.path(), target, NOT_COPIED);
      } finally {
        db.resumeCompactions();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException.Io("interrupted while a checkpoint was made", e);
    }
  }

  @Override
  public Figures figures(SortedMap<String, Long> details) {
    return new Figures(-1, directory.contents().bytes(), -1, -1, 0, -1, -1, -1);
  }

  @Override
  public void close() {
    db.close();
  }

  static StorageException failed(Path directory, Throwable e) {
    String text = directory + ": iq80's LevelDB: " + e.getMessage();
    return text.contains("No space left")
        ? new StorageException.NoSpace(text, e)
        : new StorageException.Io(text, e);
  }

  private void awaitCompaction() {
    try {
      db.suspendCompactions();
      db.resumeCompactions();
      translating(
          () -> {
            db.checkBackgroundException();
            return true;
          });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException.Io("interrupted while compaction was awaited", e);
    }
  }

  private static byte[] encoded(SortedMap<Long, Long> numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(numbers.size() * 2 * Long.BYTES);
    numbers.forEach((group, index) -> buffer.putLong(group).putLong(index));
    return buffer.array();
  }

  private <T extends @Nullable Object> T translating(Supplier<T> call) {
    try {
      return call.get();
    } catch (DBException | IllegalArgumentException | IllegalStateException e) {
      throw failed(directory.path(), e);
    }
  }
}
