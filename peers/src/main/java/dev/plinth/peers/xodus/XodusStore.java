package dev.plinth.peers.xodus;

import dev.plinth.peers.GroupedWriter;
import dev.plinth.peers.HeapStore;
import dev.plinth.peers.HeapView;
import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine.Figures;
import dev.plinth.spi.Durability;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Supplier;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.log.DataCorruptionException;
import org.jspecify.annotations.Nullable;

/// Xodus: one of its stores holds the entries, one the applied indexes. Unsynced operations are
/// committed in groups, as for LMDB; a read commits what waits.
final class XodusStore implements HeapStore {
  private static final Set<String> NOT_COPIED = Set.of("xd.lck");

  private final EnvironmentImpl environment;
  private final PeerDirectory directory;
  private final Store entries;
  private final Store applied;
  private final GroupedWriter writer;

  XodusStore(
      EnvironmentImpl environment, PeerDirectory directory, int commitEvery, long commitBytesMax) {
    this.environment = environment;
    this.directory = directory;
    this.entries = openStore("entries");
    this.applied = openStore("applied");
    this.writer =
        new GroupedWriter(this::commit, commitEvery, commitBytesMax, false, failure -> {});
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    showWaiting();
    return translating(
        () -> {
          Transaction txn = environment.beginReadonlyTransaction();
          try {
            return get(entries, txn, key);
          } finally {
            txn.abort();
          }
        });
  }

  @Override
  public HeapView freeze() {
    showWaiting();
    return translating(() -> new XodusView(this, entries, environment.beginReadonlyTransaction()));
  }

  @Override
  public void put(byte[] key, byte[] value, boolean sync) {
    writer.lock();
    try {
      writer.put(
          MemorySegment.ofArray(key),
          0,
          key.length,
          MemorySegment.ofArray(value),
          0,
          value.length,
          sync ? Durability.SYNCED : Durability.WRITTEN);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public void delete(byte[] key, boolean sync) {
    writer.lock();
    try {
      writer.delete(
          MemorySegment.ofArray(key), 0, key.length, sync ? Durability.SYNCED : Durability.WRITTEN);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public void write(WriteBatch operations, Map<Long, Long> numbers, boolean sync) {
    writer.lock();
    try {
      if (operations.count() == 0) {
        writer.commitWaiting(false);
        commit(operations, numbers, sync);
      } else {
        writer.write(operations, sync ? Durability.SYNCED : Durability.WRITTEN);
      }
    } finally {
      writer.unlock();
    }
  }

  @Override
  public Map<Long, Long> numbers() {
    Map<Long, Long> numbers = new HashMap<>();
    translating(
        () -> {
          Transaction txn = environment.beginReadonlyTransaction();
          try (Cursor cursor = applied.openCursor(txn)) {
            while (cursor.getNext()) {
              numbers.put(number(cursor.getKey()), number(cursor.getValue()));
            }
          } finally {
            txn.abort();
          }
          return true;
        });
    return numbers;
  }

  @Override
  public boolean keepsNumbers() {
    return true;
  }

  @Override
  public void sync() {
    writer.lock();
    try {
      writer.commitWaiting(false);
      syncNow();
    } finally {
      writer.unlock();
    }
  }

  @Override
  public void settle() {
    sync();
  }

  @Override
  public void compact(KeyRange range) {
    sync();
    translating(
        () -> {
          environment.gc();
          return true;
        });
  }

  @Override
  public void copyTo(Path target) {
    writer.lock();
    environment.suspendGC();
    try {
      writer.commitWaiting(false);
      syncNow();
      PeerDirectory.copy(directory.path(), target, NOT_COPIED);
    } finally {
      environment.resumeGC();
      writer.unlock();
    }
  }

  @Override
  public Figures figures(SortedMap<String, Long> details) {
    showWaiting();
    long count =
        translating(
            () -> {
              Transaction txn = environment.beginReadonlyTransaction();
              try {
                return entries.count(txn);
              } finally {
                txn.abort();
              }
            });
    return new Figures(count, directory.contents().bytes(), -1, -1, writer.heldBytes(), -1, -1, -1);
  }

  @Override
  public void close() {
    translating(
        () -> {
          environment.close();
          return true;
        });
  }

  /// The value of a key in a transaction; null when absent.
  static byte @Nullable [] get(Store store, Transaction txn, byte[] key) {
    ByteIterable value = store.get(txn, new ArrayByteIterable(key));
    return value == null ? null : bytes(value);
  }

  /// The bytes of an iterable, in an array of their length.
  static byte[] bytes(ByteIterable iterable) {
    byte[] bytes = iterable.getBytesUnsafe();
    int length = iterable.getLength();
    return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
  }

  <T extends @Nullable Object> T translating(Supplier<T> call) {
    try {
      return call.get();
    } catch (DataCorruptionException e) {
      throw new StorageException.Corrupt(directory.path(), 0, "Xodus: " + e.getMessage());
    } catch (ExodusException e) {
      String text = directory.path() + ": Xodus: " + e.getMessage();
      throw String.valueOf(e.getCause()).contains("No space left")
          ? new StorageException.NoSpace(text, e)
          : new StorageException.Io(text, e);
    }
  }

  private void commit(WriteBatch operations, Map<Long, Long> numbers, boolean sync) {
    translating(
        () -> {
          Transaction txn = environment.beginExclusiveTransaction();
          try {
            operations.forEach(new XodusApply(entries, txn));
            numbers.forEach((key, value) -> applied.put(txn, number(key), number(value)));
            txn.commit();
          } finally {
            if (!txn.isFinished()) {
              txn.abort();
            }
          }
          return true;
        });
    if (sync) {
      syncNow();
    }
  }

  private void syncNow() {
    translating(
        () -> {
          environment.flushAndSync();
          return true;
        });
  }

  private void showWaiting() {
    if (writer.isWaiting()) {
      writer.lock();
      try {
        writer.commitWaiting(false);
      } finally {
        writer.unlock();
      }
    }
  }

  private Store openStore(String name) {
    return translating(
        () ->
            environment.computeInTransaction(
                txn -> environment.openStore(name, StoreConfig.WITHOUT_DUPLICATES, txn)));
  }

  private static ByteIterable number(long number) {
    return new ArrayByteIterable(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
  }

  private static long number(ByteIterable bytes) {
    return ByteBuffer.wrap(bytes(bytes)).getLong();
  }
}
