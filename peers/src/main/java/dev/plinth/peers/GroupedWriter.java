package dev.plinth.peers;

import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Collects unsynced operations and commits them together, as a user of a transactional store who
/// wants speed does.
///
/// Such a store ties a write transaction to its thread, and callers come on any thread: so
/// operations wait in memory, and whoever completes `commit.every` of them, or reads, applies and
/// commits them all. A synced operation is committed, with what waits before it, and synced before
/// it returns; where a store has no group commit of its own, none is added here.
///
/// Every method is called with the lock held, unless it says otherwise.
public final class GroupedWriter {
  /// The number under which the last sequence number is kept; groups are not negative.
  public static final long SEQUENCE_KEY = -1;

  private static final int OVERHEAD_BYTES = 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Committer committer;
  private final int every;
  private final long bytesMax;
  private final boolean syncAll;
  private final Consumer<StorageException> poisoned;
  private final WriteBatch waiting = new WriteBatch();
  private final Map<Long, Long> waitingNumbers = new TreeMap<>();
  private @Nullable StorageException failure;
  private boolean changed;
  private long userBytes;
  private volatile boolean isWaiting;

  /// A writer with nothing to commit.
  ///
  /// @param every unsynced operations per commit
  /// @param bytesMax bytes of waiting operations that force a commit
  /// @param syncAll whether these commits are synced as well
  /// @param poisoned told when acknowledged operations cannot be committed
  public GroupedWriter(
      Committer committer,
      int every,
      long bytesMax,
      boolean syncAll,
      Consumer<StorageException> poisoned) {
    this.committer = committer;
    this.every = every;
    this.bytesMax = bytesMax;
    this.syncAll = syncAll;
    this.poisoned = poisoned;
  }

  /// Takes the lock; called without it.
  public void lock() {
    lock.lock();
  }

  /// Gives the lock back.
  public void unlock() {
    lock.unlock();
  }

  /// Whether an operation waits to be committed; called without the lock too.
  public boolean isWaiting() {
    return isWaiting;
  }

  /// The memory in which operations wait; called without the lock too.
  public long heldBytes() {
    return waiting.segment().byteSize();
  }

  /// Bytes of keys and values accepted.
  public long userBytes() {
    return userBytes;
  }

  /// Whether the last operation is durable: its commit was synced.
  public boolean isSynced(Durability durability) {
    return durability == Durability.SYNCED || (syncAll && !isWaiting);
  }

  /// Adds a put.
  public void put(
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
    userBytes += keyLength + (long) valueLength;
  }

  /// Adds a delete.
  public void delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    makeRoom(keyLength);
    boolean othersWait = isWaiting;
    waiting.delete(key, keyOffset, keyLength);
    isWaiting = true;
    commitWhenDue(durability, othersWait);
    userBytes += keyLength;
  }

  /// Adds a batch, whose operations are committed together.
  public void write(WriteBatch batch, Durability durability) {
    makeRoom(batch.bytes());
    boolean othersWait = isWaiting;
    batch.forEach(new BatchCopy(waiting));
    if (batch.group() != WriteBatch.NO_GROUP) {
      waitingNumbers.put(batch.group(), batch.appliedIndex());
    }
    isWaiting = true;
    commitWhenDue(durability, othersWait);
    userBytes += batch.userBytes();
  }

  /// Takes note of what was committed past this writer.
  public void committed(long bytes) {
    changed = true;
    userBytes += bytes;
  }

  /// Commits what waits.
  ///
  /// @param sync whether the commit must be synced
  public void commitWaiting(boolean sync) {
    requireHealthy();
    if (isWaiting) {
      commit(sync, true);
    }
  }

  /// Commits what waits and, where numbers are kept, the last sequence number; synced.
  public void finish(long sequence, boolean keepsNumbers) {
    if (failure == null && (changed || isWaiting) && keepsNumbers) {
      waitingNumbers.put(SEQUENCE_KEY, sequence);
      isWaiting = true;
    }
    if (failure == null && isWaiting) {
      commit(true, true);
    }
  }

  private void makeRoom(long bytes) {
    requireHealthy();
    if (isWaiting && waiting.bytes() + bytes + OVERHEAD_BYTES > bytesMax) {
      commit(syncAll, true);
    }
  }

  private void commitWhenDue(Durability durability, boolean othersWait) {
    if (durability == Durability.SYNCED) {
      commit(true, othersWait);
    } else if (waiting.count() >= every || waiting.bytes() >= bytesMax) {
      commit(syncAll, othersWait);
    }
  }

  /// @param othersWait whether operations wait that were acknowledged before: then a failure leaves
  ///   the store unable to go on
  private void commit(boolean sync, boolean othersWait) {
    try {
      committer.commit(waiting, waitingNumbers, sync);
    } catch (StorageException e) {
      if (othersWait) {
        failure = e;
        poisoned.accept(e);
      } else {
        forget();
      }
      throw e;
    }
    changed = true;
    forget();
  }

  private void forget() {
    waiting.clear();
    waitingNumbers.clear();
    isWaiting = false;
  }

  private void requireHealthy() {
    if (failure != null) {
      throw new StorageException.Poisoned(
          "an earlier commit of this store failed; close and open it: " + failure.getMessage(),
          failure);
    }
  }

  /// Applies operations and numbers in one transaction.
  @FunctionalInterface
  public interface Committer {
    /// Makes everything visible, or nothing.
    ///
    /// @param numbers the applied index by Raft group, and the sequence number at [#SEQUENCE_KEY]
    /// @param sync whether it must be durable on return
    void commit(WriteBatch operations, Map<Long, Long> numbers, boolean sync);
  }
}
