package dev.plinth.peers.leveldb;

import dev.plinth.peers.HeapView;
import dev.plinth.peers.HeapWalk;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.iq80.leveldb.DBException;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.Snapshot;
import org.iq80.leveldb.impl.DbImpl;
import org.jspecify.annotations.Nullable;

/// A snapshot of iq80's LevelDB.
final class LeveldbView implements HeapView {
  private final DbImpl db;
  private final Snapshot snapshot;
  private final ReadOptions options;
  private final Path directory;

  LeveldbView(DbImpl db, Snapshot snapshot, Path directory) {
    this.db = db;
    this.snapshot = snapshot;
    this.options = new ReadOptions().snapshot(snapshot);
    this.directory = directory;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    try {
      return db.get(key, options);
    } catch (DBException e) {
      throw LeveldbStore.failed(directory, e);
    }
  }

  @Override
  public HeapWalk walk() {
    return new Walk(db.iterator(options));
  }

  @Override
  public void close() {
    try {
      snapshot.close();
    } catch (IOException e) {
      throw LeveldbStore.failed(directory, e);
    }
  }

  /// Walks forward: iq80's iterators know no other way.
  private final class Walk implements HeapWalk {
    private final DBIterator iterator;
    private Map.@Nullable Entry<byte[], byte[]> entry;

    Walk(DBIterator iterator) {
      this.iterator = iterator;
    }

    @Override
    public boolean seek(byte[] key) {
      try {
        iterator.seek(key);
      } catch (DBException e) {
        throw LeveldbStore.failed(directory, e);
      }
      boolean found = next();
      boolean ours = found && key().length == 0;
      return ours ? next() : found;
    }

    @Override
    public boolean next() {
      try {
        entry = iterator.hasNext() ? iterator.next() : null;
      } catch (DBException e) {
        throw LeveldbStore.failed(directory, e);
      }
      return entry != null;
    }

    @Override
    public boolean last() {
      throw forwardOnly();
    }

    @Override
    public boolean before(byte[] key) {
      throw forwardOnly();
    }

    @Override
    public boolean previous() {
      throw forwardOnly();
    }

    @Override
    public byte[] key() {
      return entry().getKey();
    }

    @Override
    public byte[] value() {
      return entry().getValue();
    }

    @Override
    public void close() {
      try {
        iterator.close();
      } catch (IOException e) {
        throw LeveldbStore.failed(directory, e);
      }
    }

    private Map.Entry<byte[], byte[]> entry() {
      if (entry == null) {
        throw new IllegalStateException("the walk stands on no entry");
      }
      return entry;
    }

    private static StorageException forwardOnly() {
      return new StorageException.Unsupported("iq80's LevelDB walks forward only");
    }
  }
}
