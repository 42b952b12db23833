package dev.plinth.kit.tree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Puts writes in order: one writer at a time numbers its batch, appends it to the log's buffer,
/// inserts it into the memtable and makes it visible; waiting for the log to write or sync happens
/// outside the lock, so that one write and one sync serve all who came meanwhile.
///
/// Numbers: every operation has its own, a batch returns the last of its operations.
public final class CommitQueue {
  private static final int FULL_DISK_MEMTABLES = 8;

  private final Memtables tree;
  private final WriteLimits limits;
  private final EngineTraits traits;
  private final LogWriter log;
  private final Flushes flushes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition flushed = lock.newCondition();
  private final WriteBatch single;
  private final MemorySegment appliedHeader = Arena.ofAuto().allocate(LogRecords.APPLIED_BYTES, 8);
  private final BatchCheck check = new BatchCheck();
  private final BatchInsert insert = new BatchInsert();
  private final Map<Long, Long> applied = new ConcurrentHashMap<>();
  private final LongAdder userBytes = new LongAdder();
  private Map<Long, Long> appliedCopy = Map.of();
  private boolean appliedChanged;
  private Layer active;
  private long startSequence;
  private long last;
  private boolean closed;
  private boolean stopped;

  /// A queue that goes on where the log ended.
  ///
  /// @param replay what was read from the log
  /// @param flushes told when a memtable waits to be flushed
  public CommitQueue(
      Memtables tree, EngineTraits traits, LogWriter log, Replay replay, Flushes flushes) {
    this.tree = tree;
    this.limits = tree.limits();
    this.traits = traits;
    this.log = log;
    this.flushes = flushes;
    this.single = new WriteBatch(1L << 30);
    this.last = replay.last();
    this.startSequence = replay.startSequence();
    this.applied.putAll(replay.applied());
    this.appliedChanged = true;
    this.active = replay.layers().getFirst();
    tree.publish(last);
    tree.install(replay.layers());
    replay.layers().stream().skip(1).forEach(Layer::release);
  }

  /// The newest visible applied index of a group, or -1.
  public long applied(long group) {
    return applied.getOrDefault(group, -1L);
  }

  /// Bytes of keys and values accepted.
  public long userBytes() {
    return userBytes.sum();
  }

  /// Applies a batch.
  public long write(WriteBatch batch, Durability durability) {
    if (batch.isEmpty()) {
      tree.leases().requireOpen();
      return tree.visible();
    }
    traits.requireBatch(batch.bytes());
    requireDurability(durability);
    tree.throttle().admit(batch.bytes());
    long sequence;
    long position;
    lock.lock();
    try {
      enter();
      check.start(traits);
      batch.forEach(check);
      admit(batch.bytes(), check.deletesOnly());
      reserve(check.bytes());
      long first = last + 1;
      sequence = last + Math.max(1, batch.count());
      position = append(first, batch);
      boolean applies = batch.group() != WriteBatch.NO_GROUP;
      insert.start(active, first, body(position, first, applies, batch));
      batch.forEach(insert);
      if (applies) {
        apply(batch.group(), batch.appliedIndex());
      }
      publish(sequence, durability, batch.userBytes());
    } finally {
      lock.unlock();
    }
    await(position, durability);
    return sequence;
  }

  /// Gives a key a value.
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    traits.requireKey(keyLength);
    traits.requireValue(valueLength);
    requireDurability(durability);
    tree.throttle().admit(keyLength + (long) valueLength);
    long sequence;
    long position;
    lock.lock();
    try {
      enter();
      admit(keyLength + (long) valueLength, false);
      reserve(Memtable.entryBytesMax(keyLength, valueLength));
      sequence = last + 1;
      single.clear();
      if (limits.logged()) {
        single.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
      }
      position = append(sequence, single);
      active
          .memtable()
          .add(
              key,
              keyOffset,
              keyLength,
              value,
              valueOffset,
              valueLength,
              Tag.of(sequence, Tag.PUT),
              body(position, sequence, false, single) + single.bytes() - valueLength);
      publish(sequence, durability, keyLength + (long) valueLength);
    } finally {
      lock.unlock();
    }
    await(position, durability);
    return sequence;
  }

  /// Removes a key.
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits.requireKey(keyLength);
    requireDurability(durability);
    tree.throttle().admit(keyLength);
    long sequence;
    long position;
    lock.lock();
    try {
      enter();
      admit(keyLength, true);
      reserve(Memtable.entryBytesMax(keyLength, 0));
      sequence = last + 1;
      single.clear();
      single.delete(key, keyOffset, keyLength);
      position = append(sequence, single);
      active.memtable().add(key, keyOffset, keyLength, key, 0, 0, Tag.of(sequence, Tag.DELETE));
      publish(sequence, durability, keyLength);
    } finally {
      lock.unlock();
    }
    await(position, durability);
    return sequence;
  }

  /// Makes everything written so far durable and waits for it.
  public long flush() {
    if (!limits.logged()) {
      flushMemory();
      return tree.durables().sequence();
    }
    mark();
    try {
      log.sync();
    } catch (StorageException e) {
      throw failed(e);
    }
    tree.durables().logDurable(log.syncedPosition());
    return tree.durables().sequence();
  }

  /// Starts what [#flush()] does.
  public void requestFlush() {
    if (limits.logged()) {
      mark();
      try {
        tree.durables().logDurable(Math.min(log.requestSync(), log.syncedPosition()));
      } catch (StorageException e) {
        throw failed(e);
      }
      return;
    }
    lock.lock();
    try {
      requireOpen();
      if (last > startSequence) {
        rotate(0);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Writes all memtables out and waits for it.
  public void flushMemory() {
    lock.lock();
    try {
      requireOpen();
      flushMemoryLocked();
    } finally {
      lock.unlock();
    }
  }

  /// As [#flushMemory()], and then runs something while no write can come between.
  ///
  /// @param work given the sequence number to use, returns the edit's commit
  public long exclusive(Exclusive work) {
    lock.lock();
    try {
      enter();
      stopped = true;
      flushMemoryLocked();
      long sequence = last + 1;
      work.run(sequence, log.sync(), appliedCopy());
      last = sequence;
      startSequence = sequence;
      tree.publish(sequence);
      return sequence;
    } finally {
      stopped = false;
      flushed.signalAll();
      lock.unlock();
    }
  }

  /// Work that no write may come between.
  public interface Exclusive {
    /// Does it.
    ///
    /// @param sequence the number for what it adds
    /// @param logEnd records of the log below this position are in tables
    /// @param indexes the applied indexes
    void run(long sequence, long logEnd, Map<Long, Long> indexes);
  }

  /// Counts user bytes that did not come as writes.
  public void countUserBytes(long bytes) {
    userBytes.add(bytes);
  }

  /// Told when a flush ended, well or badly, when a merge gave space back, or when there is no hope
  /// for either any more.
  public void flushEnded() {
    lock.lock();
    try {
      flushed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Refuses writes from now on.
  public void close() {
    lock.lock();
    try {
      closed = true;
      flushed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void flushMemoryLocked() {
    if (last > startSequence) {
      rotate(0);
    }
    long target = last;
    long start = System.nanoTime();
    boolean asked = false;
    if (tree.flushedSequence() < target) {
      flushes.wholeDue();
    }
    while (tree.flushedSequence() < target) {
      requireOpen();
      StorageException.NoSpace full = flushes.flushFailure();
      if (full == null) {
        flushed.awaitUninterruptibly();
      } else if (asked) {
        throw full;
      } else {
        asked = true;
        flushes.askFlush();
      }
    }
    tree.throttle().waited("flush asked for", System.nanoTime() - start);
  }

  /// Sets a mark behind everything written, when no more writes come.
  public void markAll() {
    lock.lock();
    try {
      tree.durables().mark(log.endPosition(), last, appliedCopy());
    } finally {
      lock.unlock();
    }
  }

  /// Says that what was read from the log is durable, and starts flushes that are due.
  public void recovered() {
    tree.durables().durable(last, appliedCopy());
    if (tree.layers().length > 1) {
      flushes.flushDue();
    }
  }

  private void mark() {
    lock.lock();
    try {
      requireOpen();
      tree.durables().mark(log.endPosition(), last, appliedCopy());
    } finally {
      lock.unlock();
    }
  }

  private void requireDurability(Durability durability) {
    if (durability == Durability.SYNCED && !limits.logged()) {
      throw new StorageException.Unsupported(
          "SYNCED with wal = off: write with BUFFERED and call flush(), or open with wal = on");
    }
  }

  /// Lets a write in that has room, or waits for room where that may come back.
  private void admit(long bytes, boolean deletes) {
    if (!tree.space().isLimited()) {
      return;
    }
    long start = 0;
    boolean measured = false;
    while (true) {
      try {
        tree.space().admit(bytes, tree.memoryBytes() + bytes, deletes);
        if (start != 0) {
          tree.throttle().waited("space.bytes.max", System.nanoTime() - start);
        }
        return;
      } catch (StorageException.NoSpace e) {
        if (!flushes.mayGiveSpaceBack()) {
          if (measured) {
            throw e;
          }
          // What a reader held may have gone since.
          tree.space().measure();
          measured = true;
          continue;
        }
        measured = false;
        start = start == 0 ? System.nanoTime() : start;
        flushed.awaitUninterruptibly();
        requireOpen();
      }
    }
  }

  /// Lets a writer in.
  private void enter() {
    requireOpen();
    while (stopped) {
      flushed.awaitUninterruptibly();
      requireOpen();
    }
  }

  private void requireOpen() {
    if (closed) {
      tree.leases().requireOpen();
      throw new StorageException.Closed("the store is being closed");
    }
    tree.health().require();
  }

  /// Makes room in the active memtable.
  private void reserve(long bytes) {
    Layer layer = active;
    if (layer.memtable().fits(bytes) && layer.memtable().rangeCount() < limits.rangeDeletesMax()) {
      return;
    }
    rotate(bytes);
  }

  /// Hands the active memtable to the flush and begins another.
  ///
  /// @param bytes what the new one must hold at least
  private void rotate(long bytes) {
    SlabPool.Slab slab = newSlab(Memtable.slabBytes(bytes));
    Layer full = active;
    full.freeze(last, log.endPosition(), appliedCopy());
    Layer fresh = tree.layer(slab);
    List<Layer> layers = new ArrayList<>();
    layers.add(fresh);
    tree.viewLock().lock();
    try {
      layers.addAll(List.of(tree.layers()));
      active = fresh;
      startSequence = last;
      tree.install(layers);
    } finally {
      tree.viewLock().unlock();
    }
    flushes.flushDue();
  }

  /// Memory for a memtable; waits for a flush where there are too many. On a full disk a few more
  /// than usual are taken, so that deletes go on.
  private SlabPool.Slab newSlab(long bytes) {
    long start = 0;
    while (true) {
      requireOpen();
      int waiting = tree.layers().length;
      StorageException.NoSpace full = flushes.flushFailure();
      int most = limits.memtablesMax() + (full == null ? 0 : FULL_DISK_MEMTABLES);
      if (waiting < most) {
        SlabPool.Slab slab =
            bytes <= tree.pool().slabBytes()
                ? tree.pool().tryAcquire()
                : tree.pool().acquireLarge(bytes);
        if (slab != null) {
          if (start != 0) {
            tree.throttle().waited("memtables full", System.nanoTime() - start);
          }
          return slab;
        }
        if (waiting <= 1) {
          throw new StorageException.LimitExceeded(
              "open cursors hold all memtables; close those that are not needed");
        }
      }
      if (full != null) {
        flushes.flushDue();
        throw full;
      }
      start = start == 0 ? System.nanoTime() : start;
      flushed.awaitUninterruptibly();
    }
  }

  private long append(long first, WriteBatch batch) {
    if (!limits.logged()) {
      return -1;
    }
    try {
      if (batch.group() == WriteBatch.NO_GROUP) {
        return log.append(
            Durability.BUFFERED,
            LogRecords.BATCH,
            first,
            0,
            batch.segment(),
            0,
            (int) batch.bytes());
      }
      LogRecords.putApplied(appliedHeader, batch.group(), batch.appliedIndex());
      return log.append(
          Durability.BUFFERED,
          LogRecords.APPLIED_BATCH,
          first,
          0,
          appliedHeader,
          0,
          LogRecords.APPLIED_BYTES,
          batch.segment(),
          0,
          (int) batch.bytes());
    } catch (StorageException e) {
      throw failed(e);
    }
  }

  /// Where in the log the operations of a batch begin.
  private static long body(long position, long first, boolean applies, WriteBatch batch) {
    int header = applies ? LogRecords.APPLIED_BYTES : 0;
    return header + LogWriter.bodyPosition(position, first, 0, header + (int) batch.bytes());
  }

  private void publish(long sequence, Durability durability, long bytes) {
    last = sequence;
    userBytes.add(bytes);
    if (durability == Durability.SYNCED) {
      tree.durables().mark(log.endPosition(), sequence, appliedCopy());
    }
    tree.publish(sequence);
  }

  private void await(long position, Durability durability) {
    if (position < 0 || durability == Durability.BUFFERED) {
      return;
    }
    try {
      if (durability == Durability.SYNCED) {
        log.awaitSynced(position);
        tree.durables().logDurable(log.syncedPosition());
      } else {
        log.awaitWritten(position);
      }
    } catch (StorageException e) {
      throw uncertain(failed(e));
    }
  }

  /// What a writer gets whose batch is visible and may or may not survive.
  private static StorageException uncertain(StorageException e) {
    return e instanceof StorageException.Poisoned
        ? new StorageException.Io(
            "the write is visible and may be lost by a crash, since the log failed: "
                + e.getMessage(),
            e)
        : e;
  }

  private StorageException failed(StorageException e) {
    if (e instanceof StorageException.LimitExceeded || e instanceof StorageException.Closed) {
      return e;
    }
    tree.health().poison(e);
    flushEnded();
    return e;
  }

  private void apply(long group, long index) {
    applied.put(group, index);
    appliedChanged = true;
  }

  private Map<Long, Long> appliedCopy() {
    if (appliedChanged) {
      appliedCopy = Map.copyOf(new HashMap<>(applied));
      appliedChanged = false;
    }
    return appliedCopy;
  }
}
