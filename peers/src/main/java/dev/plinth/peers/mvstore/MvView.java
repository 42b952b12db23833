package dev.plinth.peers.mvstore;

import dev.plinth.peers.HeapView;
import dev.plinth.peers.HeapWalk;
import java.nio.file.Path;
import java.util.Arrays;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.RootReference;
import org.jspecify.annotations.Nullable;

/// One version of an MVStore: its tree never changes, and the store keeps its pages while this is
/// open.
final class MvView implements HeapView {
  private final MVStore store;
  private final MVMap<byte[], byte[]> map;
  private final Path directory;
  private final MVStore.TxCounter usage;
  private final RootReference<byte[], byte[]> root;

  MvView(MVStore store, MVMap<byte[], byte[]> map, Path directory) {
    this.store = store;
    this.map = map;
    this.directory = directory;
    this.usage = store.registerVersionUsage();
    this.root = map.flushAndGetRoot();
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return MvStore.translating(directory, () -> map.get(root.root, key));
  }

  @Override
  public HeapWalk walk() {
    return new Walk();
  }

  @Override
  public void close() {
    store.deregisterVersionUsage(usage);
  }

  /// Walks with one of MVStore's cursors, which go one way: a turn makes another.
  private final class Walk implements HeapWalk {
    private @Nullable Cursor<byte[], byte[]> cursor;
    private boolean reverse;

    @Override
    public boolean seek(byte[] key) {
      return begin(key.length == 0 ? null : key, false) && step();
    }

    @Override
    public boolean last() {
      return begin(null, true) && step();
    }

    @Override
    public boolean before(byte[] key) {
      return begin(key, true) && step() && (Arrays.compareUnsigned(key(), key) < 0 || step());
    }

    @Override
    public boolean next() {
      if (reverse) {
        return begin(key(), false) && step() && step();
      }
      return step();
    }

    @Override
    public boolean previous() {
      if (!reverse) {
        return begin(key(), true) && step() && step();
      }
      return step();
    }

    @Override
    public byte[] key() {
      return cursor().getKey();
    }

    @Override
    public byte[] value() {
      return cursor().getValue();
    }

    @Override
    public void close() {
      cursor = null;
    }

    private boolean begin(byte @Nullable [] from, boolean backward) {
      reverse = backward;
      cursor = MvStore.translating(directory, () -> map.cursor(root, from, null, backward));
      return true;
    }

    private boolean step() {
      return MvStore.translating(
          directory,
          () -> {
            Cursor<byte[], byte[]> at = cursor();
            if (!at.hasNext()) {
              return false;
            }
            at.next();
            return true;
          });
    }

    private Cursor<byte[], byte[]> cursor() {
      if (cursor == null) {
        throw new IllegalStateException("the walk was closed or never began");
      }
      return cursor;
    }
  }
}
