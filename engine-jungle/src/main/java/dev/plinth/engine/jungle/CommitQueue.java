package dev.plinth.engine.jungle;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.BatchCheck;
import dev.plinth.kit.tree.BatchInsert;
import dev.plinth.kit.tree.Layer;
import dev.plinth.kit.tree.LogRecords;
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
final class CommitQueue {
  private final Tree tree;
  private final EngineTraits traits;
  private final LogWriter log;
  private final Maintenance maintenance;
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

  /// @param replay what was read from the log
  CommitQueue(
      Tree tree, EngineTraits traits, LogWriter log, Replay replay, Maintenance maintenance) {
    this.tree = tree;
    this.traits = traits;
    this.log = log;
    this.maintenance = maintenance;
    this.single = new WriteBatch(1L << 30);
    this.last = replay.last();
    this.startSequence = replay.startSequence();
    this.applied.putAll(replay.applied());
    this.appliedChanged = true;
    this.active = replay.layers().getFirst();
    tree.publish(last);
    install(replay.layers());
    replay.layers().stream().skip(1).forEach(Layer::release);
  }

  /// The newest visible applied index of a group, or -1.
  long applied(long group) {
    return applied.getOrDefault(group, -1L);
  }

  /// Bytes of keys and values accepted.
  long userBytes() {
    return userBytes.sum();
  }

  /// Applies a batch.
  long write(WriteBatch batch, Durability durability) {
    if (batch.isEmpty()) {
      tree.leases.requireOpen();
      return tree.visible();
    }
    traits.requireBatch(batch.bytes());
    requireDurability(durability);
    tree.throttle.admit(batch.bytes());
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
      insert.start(active, first);
      batch.forEach(insert);
      if (batch.group() != WriteBatch.NO_GROUP) {
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
  long put(
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
    tree.throttle.admit(keyLength + (long) valueLength);
    long sequence;
    long position;
    lock.lock();
    try {
      enter();
      admit(keyLength + (long) valueLength, false);
      reserve(Memtable.entryBytesMax(keyLength, valueLength));
      sequence = last + 1;
      single.clear();
      if (tree.options.logged()) {
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
              Tag.of(sequence, Tag.PUT));
      publish(sequence, durability, keyLength + (long) valueLength);
    } finally {
      lock.unlock();
    }
    await(position, durability);
    return sequence;
  }

  /// Removes a key.
  long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits.requireKey(keyLength);
    requireDurability(durability);
    tree.throttle.admit(keyLength);
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
  long flush() {
    if (!tree.options.logged()) {
      flushMemory();
      return tree.durables.sequence();
    }
    mark();
    try {
      log.sync();
    } catch (StorageException e) {
      throw failed(e);
    }
    tree.durables.logDurable(log.syncedPosition());
    return tree.durables.sequence();
  }

  /// Starts what [#flush()] does.
  void requestFlush() {
    if (tree.options.logged()) {
      mark();
      try {
        tree.durables.logDurable(Math.min(log.requestSync(), log.syncedPosition()));
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
  void flushMemory() {
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
  long exclusive(Exclusive work) {
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
  interface Exclusive {
    /// Does it.
    ///
    /// @param sequence the number for what it adds
    /// @param logEnd records of the log below this position are in tables
    /// @param indexes the applied indexes
    void run(long sequence, long logEnd, Map<Long, Long> indexes);
  }

  /// Counts user bytes that did not come as writes.
  void countUserBytes(long bytes) {
    userBytes.add(bytes);
  }

  /// Told when a memtable was flushed, or when there is no hope for it any more.
  void memtableFlushed() {
    lock.lock();
    try {
      flushed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Refuses writes from now on.
  void close() {
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
    while (tree.versions.flushedSequence() < target) {
      requireOpen();
      flushed.awaitUninterruptibly();
    }
    tree.throttle.waited("flush asked for", System.nanoTime() - start);
  }

  /// Sets a mark behind everything written, when no more writes come.
  void markAll() {
    lock.lock();
    try {
      tree.durables.mark(log.endPosition(), last, appliedCopy());
    } finally {
      lock.unlock();
    }
  }

  /// Says that what was read from the log is durable, and starts flushes that are due.
  void recovered() {
    tree.durables.durable(last, appliedCopy());
    if (tree.view().layers().length > 1) {
      maintenance.flushDue();
    }
  }

  private void mark() {
    lock.lock();
    try {
      requireOpen();
      tree.durables.mark(log.endPosition(), last, appliedCopy());
    } finally {
      lock.unlock();
    }
  }

  private void requireDurability(Durability durability) {
    if (durability == Durability.SYNCED && !tree.options.logged()) {
      throw new StorageException.Unsupported(
          "SYNCED with wal = off: write with BUFFERED and call flush(), or open with wal = on");
    }
  }

  private void admit(long bytes, boolean deletes) {
    if (tree.options.spaceBytesMax() == 0) {
      return;
    }
    long start = 0;
    while (true) {
      try {
        tree.space.admit(bytes, tree.memoryBytes() + bytes, deletes);
        if (start != 0) {
          tree.throttle.waited("space.bytes.max", System.nanoTime() - start);
        }
        return;
      } catch (StorageException.NoSpace e) {
        if (!maintenance.mayGiveSpaceBack()) {
          throw e;
        }
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
      tree.leases.requireOpen();
      throw new StorageException.Closed("the store is being closed");
    }
    tree.health.require();
  }

  /// Makes room in the active memtable.
  private void reserve(long bytes) {
    Layer layer = active;
    if (layer.memtable().fits(bytes)
        && layer.memtable().rangeCount() < tree.options.rangeDeletesMax()) {
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
    tree.viewLock.lock();
    try {
      layers.addAll(List.of(tree.view().layers()));
      active = fresh;
      startSequence = last;
      install(layers);
    } finally {
      tree.viewLock.unlock();
    }
    maintenance.flushDue();
  }

  private void install(List<Layer> layers) {
    tree.viewLock.lock();
    try {
      Version version = tree.view().version();
      version.retain();
      tree.replace(new ReadView(layers, version));
      layers.getFirst().release();
    } finally {
      tree.viewLock.unlock();
    }
  }

  private SlabPool.Slab newSlab(long bytes) {
    long start = 0;
    while (true) {
      requireOpen();
      int waiting = tree.view().layers().length;
      if (waiting < tree.options.memtablesMax()) {
        SlabPool.Slab slab =
            bytes <= tree.pool.slabBytes() ? tree.pool.tryAcquire() : tree.pool.acquireLarge(bytes);
        if (slab != null) {
          if (start != 0) {
            tree.throttle.waited("memtables full", System.nanoTime() - start);
          }
          return slab;
        }
        if (waiting <= 1) {
          throw new StorageException.LimitExceeded(
              "open cursors hold all memtables; close those that are not needed");
        }
      }
      start = start == 0 ? System.nanoTime() : start;
      flushed.awaitUninterruptibly();
    }
  }

  private long append(long first, WriteBatch batch) {
    if (!tree.options.logged()) {
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

  private void publish(long sequence, Durability durability, long bytes) {
    last = sequence;
    userBytes.add(bytes);
    if (durability == Durability.SYNCED) {
      tree.durables.mark(log.endPosition(), sequence, appliedCopy());
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
        tree.durables.logDurable(log.syncedPosition());
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
    tree.health.poison(e);
    memtableFlushed();
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
