package dev.plinth.peers.mvstore;

import dev.plinth.peers.HeapStore;
import dev.plinth.peers.HeapView;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine.Figures;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/// H2's MVStore: one map of entries, one of applied indexes. It commits every so many operations;
/// its own background thread is off, since it would commit half a batch, and a thread here does the
/// compaction that the other would do.
final class MvStore implements HeapStore {
  /// The store's one file.
  static final String FILE = "entries.mv";

  private static final int COMPACT_BYTES = 16 << 20;
  private static final int COMPACTION_MILLIS = 30_000;

  private final MVStore store;
  private final PeerDirectory directory;
  private final MVMap<byte[], byte[]> entries;
  private final MVMap<Long, Long> numbers;
  private final long commitEvery;
  private final int fillPercentMin;
  private final AtomicLong operations = new AtomicLong();
  private final ReentrantLock whole = new ReentrantLock();
  private final ScheduledExecutorService background;

  MvStore(MVStore store, PeerDirectory directory, long commitEvery, int fillPercentMin) {
    this.store = store;
    this.directory = directory;
    this.commitEvery = commitEvery;
    this.fillPercentMin = fillPercentMin;
    this.entries =
        store.openMap(
            "entries",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    this.numbers = store.openMap("applied");
    this.background =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("plinth-mvstore").factory());
    if (fillPercentMin > 0) {
      var _ = background.scheduleWithFixedDelay(this::maintain, 1, 1, TimeUnit.SECONDS);
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return translating(() -> entries.get(key));
  }

  @Override
  public HeapView freeze() {
    return translating(() -> new MvView(store, entries, directory.path()));
  }

  @Override
  public void put(byte[] key, byte[] value, boolean sync) {
    translating(() -> entries.put(key, value));
    changed(1, sync);
  }

  @Override
  public void delete(byte[] key, boolean sync) {
    translating(() -> entries.remove(key));
    changed(1, sync);
  }

  @Override
  public void write(WriteBatch batch, Map<Long, Long> newNumbers, boolean sync) {
    whole.lock();
    try {
      translating(
          () -> {
            batch.forEach(new Applying());
            newNumbers.forEach(numbers::put);
            return true;
          });
    } finally {
      whole.unlock();
    }
    changed(Math.max(1, batch.count()), sync);
  }

  @Override
  public Map<Long, Long> numbers() {
    return new HashMap<>(numbers);
  }

  @Override
  public boolean keepsNumbers() {
    return true;
  }

  @Override
  public void sync() {
    commit(true);
  }

  @Override
  public void settle() {
    commit(true);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(COMPACTION_MILLIS);
    while (fillPercentMin > 0 && compactOnce() && System.nanoTime() - end < 0) {
      commit(true);
    }
  }

  @Override
  public void compact(KeyRange range) {
    whole.lock();
    try {
      translating(
          () -> {
            store.compactFile(COMPACTION_MILLIS);
            return true;
          });
    } finally {
      whole.unlock();
    }
  }

  @Override
  public void copyTo(Path target) {
    whole.lock();
    try {
      commit(true);
      PeerDirectory.copy(directory.path(), target, Set.of());
    } finally {
      whole.unlock();
    }
  }

  @Override
  public Figures figures(SortedMap<String, Long> details) {
    details.put("fill.percent", (long) store.getFillRate());
    details.put("cache.bytes.used", (long) store.getCacheSizeUsed() << 20);
    details.put("unsaved.bytes", (long) store.getUnsavedMemory());
    return new Figures(entries.sizeAsLong(), directory.contents().bytes(), -1, -1, 0, -1, -1, -1);
  }

  @Override
  public void close() {
    background.shutdownNow();
    try {
      background.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    translating(
        () -> {
          store.close();
          return true;
        });
  }

  static <T extends @Nullable Object> T translating(Path directory, Supplier<T> call) {
    try {
      return call.get();
    } catch (MVStoreException e) {
      throw translated(directory, e);
    }
  }

  private static StorageException translated(Path directory, MVStoreException e) {
    String text = directory + ": MVStore: " + e.getMessage();
    if (String.valueOf(e.getCause()).contains("No space left")) {
      return new StorageException.NoSpace(text, e);
    }
    return switch (e.getErrorCode()) {
      case DataUtils.ERROR_FILE_CORRUPT, DataUtils.ERROR_CHUNK_NOT_FOUND ->
          new StorageException.Corrupt(directory.resolve(FILE), 0, "MVStore: " + e.getMessage());
      case DataUtils.ERROR_UNSUPPORTED_FORMAT -> new StorageException.UnsupportedFormat(text);
      case DataUtils.ERROR_FILE_LOCKED -> new StorageException.Locked(text);
      default -> new StorageException.Io(text, e);
    };
  }

  private <T extends @Nullable Object> T translating(Supplier<T> call) {
    return translating(directory.path(), call);
  }

  private void changed(int count, boolean sync) {
    long now = operations.addAndGet(count);
    if (sync || now / commitEvery != (now - count) / commitEvery) {
      commit(sync);
    }
  }

  private void commit(boolean sync) {
    translating(
        () -> {
          store.commit();
          if (sync) {
            store.sync();
          }
          return true;
        });
  }

  private void maintain() {
    try {
      compactOnce();
    } catch (StorageException e) {
      // The writer that meets the same state of the store tells of it.
    }
  }

  /// Rewrites some chunks that are mostly garbage.
  ///
  /// @return whether there were any
  private boolean compactOnce() {
    whole.lock();
    try {
      return translating(() -> store.compact(fillPercentMin, COMPACT_BYTES));
    } finally {
      whole.unlock();
    }
  }

  /// Applies a batch to the map, in its order.
  private final class Applying implements BatchVisitor {
    @Override
    public void put(
        MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
      entries.put(bytes(segment, keyOffset, keyLength), bytes(segment, valueOffset, valueLength));
    }

    @Override
    public void delete(MemorySegment segment, long keyOffset, int keyLength) {
      entries.remove(bytes(segment, keyOffset, keyLength));
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
      if (fromLength == 0 && toLength == 0) {
        entries.clear();
        return;
      }
      byte[] to = bytes(segment, toOffset, toLength);
      Iterator<byte[]> keys = entries.keyIterator(bytes(segment, fromOffset, fromLength));
      while (keys.hasNext()) {
        byte[] key = keys.next();
        if (toLength > 0 && java.util.Arrays.compareUnsigned(key, to) >= 0) {
          return;
        }
        entries.remove(key);
      }
    }

    private static byte[] bytes(MemorySegment segment, long offset, int length) {
      return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
