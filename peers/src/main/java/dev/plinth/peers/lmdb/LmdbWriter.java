package dev.plinth.peers.lmdb;

import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/// Collects unsynced operations and commits them together, as a user of LMDB who wants speed does.
///
/// LMDB ties a write transaction to its thread, and callers come on any thread: so operations wait
/// in memory, and whoever completes `commit.every` of them, or reads, applies and commits them all.
/// A synced operation is committed, with what waits before it, and synced before it returns; LMDB
/// has no group commit, and none is added here.
///
/// Every method is called with the lock held, unless it says otherwise.
final class LmdbWriter {
  /// The number under which the last sequence number is kept; groups are not negative.
  static final long SEQUENCE_KEY = -1;

  private static final int APPEND_OPERATIONS_MIN = 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final LmdbStore store;
  private final LmdbSettings settings;
  private final Runnable beforeCommit;
  private final Consumer<StorageException> poisoned;
  private final WriteBatch waiting = new WriteBatch();
  private final Map<Long, Long> waitingApplied = new TreeMap<>();
  private @Nullable StorageException failure;
  private boolean changed;
  private volatile boolean isWaiting;

  /// @param beforeCommit runs before a write transaction begins
  /// @param poisoned told when acknowledged operations cannot be committed
  LmdbWriter(
      LmdbStore store,
      LmdbSettings settings,
      Runnable beforeCommit,
      Consumer<StorageException> poisoned) {
    this.store = store;
    this.settings = settings;
    this.beforeCommit = beforeCommit;
    this.poisoned = poisoned;
  }

  /// Called without the lock.
  void lock() {
    lock.lock();
  }

  void unlock() {
    lock.unlock();
  }

  /// Whether an operation waits to be committed; called without the lock too.
  boolean isWaiting() {
    return isWaiting;
  }

  /// The memory in which operations wait; called without the lock too.
  long heldBytes() {
    return waiting.segment().byteSize();
  }

  void put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    makeRoom(keyLength + (long) valueLength);
    boolean othersWait = isWaiting;
    waiting.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
    isWaiting = true;
    commitWhenDue(durability, othersWait);
  }

  void delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    makeRoom(keyLength);
    boolean othersWait = isWaiting;
    waiting.delete(key, keyOffset, keyLength);
    isWaiting = true;
    commitWhenDue(durability, othersWait);
  }

  void write(WriteBatch batch, Durability durability) {
    if (batch.group() != WriteBatch.NO_GROUP && !store.keepsNumbers()) {
      throw new StorageException.Unsupported(
          "this store keeps no applied indexes; create it with applied.index = on");
    }
    makeRoom(batch.bytes());
    boolean othersWait = isWaiting;
    batch.forEach(new Copy(waiting));
    if (batch.group() != WriteBatch.NO_GROUP) {
      waitingApplied.put(batch.group(), batch.appliedIndex());
    }
    isWaiting = true;
    commitWhenDue(durability, othersWait);
  }

  /// Commits what waits.
  ///
  /// @param sync whether the commit must be synced
  void commitWaiting(boolean sync) {
    requireHealthy();
    if (isWaiting) {
      commit(sync, true);
    }
  }

  /// Commits what waits and the last sequence number, synced.
  void finish(long sequence) {
    if (failure == null && (changed || isWaiting) && store.keepsNumbers()) {
      waitingApplied.put(SEQUENCE_KEY, sequence);
      isWaiting = true;
    }
    if (failure == null && isWaiting) {
      commit(true, true);
    }
  }

  /// Adds sorted entries in one synced transaction.
  ///
  /// @return bytes of keys and values; -1 when there was none
  long ingest(EntrySource source, EngineTraits traits) {
    commitWaiting(false);
    beforeCommit.run();
    try (Txn<Window> txn = store.begin(true)) {
      LmdbIngestion ingestion =
          new LmdbIngestion(new LmdbApply(store, txn, settings.append()), traits);
      long bytes = ingestion.run(source);
      if (bytes >= 0) {
        store.commit(txn);
        changed = true;
      }
      return bytes;
    }
  }

  private void makeRoom(long bytes) {
    requireHealthy();
    if (isWaiting && waiting.bytes() + bytes + 16 > settings.commitBytesMax()) {
      commit(settings.commitSync(), true);
    }
  }

  private void commitWhenDue(Durability durability, boolean othersWait) {
    if (durability == Durability.SYNCED) {
      commit(true, othersWait);
    } else if (waiting.count() >= settings.commitEvery()
        || waiting.bytes() >= settings.commitBytesMax()) {
      commit(settings.commitSync(), othersWait);
    }
  }

  /// @param othersWait whether operations wait that were acknowledged before: then a failure leaves
  ///   the store unable to go on
  private void commit(boolean sync, boolean othersWait) {
    beforeCommit.run();
    boolean append = settings.append() && waiting.count() >= APPEND_OPERATIONS_MIN;
    try (Txn<Window> txn = store.begin(sync)) {
      waiting.forEach(new LmdbApply(store, txn, append));
      waitingApplied.forEach((key, value) -> store.putNumber(txn, key, value));
      store.commit(txn);
    } catch (LmdbException e) {
      StorageException cause = store.translated(e);
      if (othersWait) {
        failure = cause;
        poisoned.accept(cause);
      } else {
        forget();
      }
      throw cause;
    }
    changed = true;
    forget();
  }

  private void forget() {
    waiting.clear();
    waitingApplied.clear();
    isWaiting = false;
  }

  private void requireHealthy() {
    if (failure != null) {
      throw new StorageException.Poisoned(
          "an earlier commit of this store failed; close and open it: " + failure.getMessage(),
          failure);
    }
  }
}
