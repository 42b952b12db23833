package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A copy-on-write B+tree behind the engine interface: the facade over its parts.
///
/// Reads go down the tree without a lock ([PointReads], [TreeCursor]); one writer at a time changes
/// it ([Writes]); commits make it durable in the background ([Committer]).
final class BtreeEngine implements Engine, PointReads.Start {
  private static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long CLOSE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Store store;
  private final Committer committer;
  private final Writes writes;
  private final PointReads reads;
  private final BackgroundWork work;
  private final FlushRequests flushes;
  private final Compaction compaction;
  private final @Nullable CommitClock clock;
  private final EngineTraits traits;
  private final AtomicInteger leases = new AtomicInteger();
  private final AtomicBoolean closing = new AtomicBoolean();

  BtreeEngine(
      Store store,
      Committer committer,
      Writes writes,
      FlushRequests flushes,
      BackgroundWork work,
      @Nullable CommitClock clock,
      EngineTraits traits) {
    this.clock = clock;
    this.store = store;
    this.committer = committer;
    this.writes = writes;
    this.flushes = flushes;
    this.work = work;
    this.traits = traits;
    this.reads = new PointReads(store.file, store.epochs, store.buffers, store.treeLock);
    this.compaction = new Compaction(store, committer);
  }

  @Override
  public Tree.Root root() {
    return store.tree.published();
  }

  @Override
  public long frozen() {
    return store.tree.frozen();
  }

  @Override
  public EngineTraits traits() {
    return traits;
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    if (batch.count() == 0 && batch.group() == WriteBatch.NO_GROUP) {
      store.requireWritable();
      return store.sequence;
    }
    return writes.write(batch, durability);
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
    return writes.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    return writes.delete(key, keyOffset, keyLength, durability);
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    if (range.isEmpty()) {
      store.requireWritable();
      return store.sequence;
    }
    return writes.deleteRange(range.from(), range.to(), durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return reads.read(this, key, offset, length, visitor, null, 0, 0) >= 0;
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return reads.read(this, key, offset, length, null, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    Pin pin = pin();
    return new TreeCursor(store.file, store.epochs, store.buffers, pin, range, () -> unpin(pin));
  }

  @Override
  public Snapshot snapshot() {
    return new FrozenView(pin());
  }

  private Pin pin() {
    Pin pin = store.pin();
    leases.incrementAndGet();
    return pin;
  }

  private void unpin(Pin pin) {
    store.unpin(pin, committer.durable().generation());
    leases.decrementAndGet();
  }

  @Override
  public long sequence() {
    store.requireOpen();
    return store.sequence;
  }

  @Override
  public long flush() {
    store.requireWritable();
    return flushes.flush();
  }

  @Override
  public void requestFlush() {
    store.requireWritable();
    flushes.request();
  }

  @Override
  public long durableSequence() {
    store.requireOpen();
    return committer.durableSequence();
  }

  @Override
  public long appliedIndex(long group) {
    store.treeLock.lock();
    try {
      store.requireOpen();
      return store.applied.get(group);
    } finally {
      store.treeLock.unlock();
    }
  }

  @Override
  public long durableAppliedIndex(long group) {
    store.requireOpen();
    return committer.durableIndex(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return store.listeners.add(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    return writes.ingest(source);
  }

  @Override
  public void checkpoint(Path target) {
    long start = System.nanoTime();
    Pin pin;
    GroupIndexes groups;
    Meta.Content content;
    store.treeLock.lock();
    try {
      pin = pin();
      groups = store.applied.copy();
      content = store.tree.content();
    } finally {
      store.treeLock.unlock();
    }
    try {
      new TreeCopy(store, pin).run(target, groups, content);
      store.events.accept(
          new EngineEvent.Checkpointed(target, pin.sequence(), System.nanoTime() - start));
    } finally {
      unpin(pin);
    }
  }

  @Override
  public void compact(KeyRange range) {
    store.requireWritable();
    compaction.run(range);
  }

  @Override
  public void settle() {
    store.requireWritable();
    committer.commit();
    work.awaitIdle();
    compaction.trim();
  }

  @Override
  public Verification verify() {
    return new Verifier(store, committer).run();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    if (range.isEmpty()) {
      return 0;
    }
    Pin pin = pin();
    try {
      return new RangeSize(store, pin).bytes(range);
    } finally {
      unpin(pin);
    }
  }

  @Override
  public EngineStats stats() {
    return Statistics.of(store, committer, writes, reads);
  }

  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    store.markClosed();
    boolean idle = awaitLeases();
    if (clock != null) {
      clock.close();
    }
    StorageException failure = null;
    try {
      closeFiles();
      if (committer.durableSequence() < store.sequence) {
        store.requireHealthy();
      }
    } catch (StorageException e) {
      failure = e;
    }
    if (store.epochs.close(CLOSE_WAIT_NANOS)) {
      store.release();
    } else {
      store.file.file().close();
      store.directory.close();
    }
    store.listeners.close();
    store.events.accept(new EngineEvent.Closed(store.directory.path()));
    if (failure != null) {
      throw failure;
    }
    if (!idle) {
      throw new StorageException.Closed(
          store.directory.path()
              + ": closed although "
              + leases.get()
              + " snapshots or cursors were open; close them first");
    }
  }

  private boolean awaitLeases() {
    long start = System.nanoTime();
    boolean interrupted = false;
    while (leases.get() > 0 && System.nanoTime() - start < CLOSE_WAIT_NANOS) {
      java.util.concurrent.locks.LockSupport.parkNanos(CLOSE_POLL_NANOS);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return leases.get() == 0;
  }

  /// Makes everything durable, with the writer's lock held so that nothing is written meanwhile.
  private void closeFiles() {
    store.writerLock.lock();
    try {
      if (store.poisonCause() == null) {
        committer.commit();
        work.awaitIdle();
        committer.writeOtherSlot();
      }
    } finally {
      work.close();
      LogWriter log = store.log;
      try {
        if (log != null) {
          log.close();
        }
      } finally {
        store.writerLock.unlock();
      }
    }
  }

  /// A frozen tree as a snapshot.
  private final class FrozenView implements Snapshot {
    private final Pin pin;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger cursors = new AtomicInteger(1);

    FrozenView(Pin pin) {
      this.pin = pin;
    }

    @Override
    public long sequence() {
      requireOpen();
      return pin.sequence();
    }

    @Override
    public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
      requireOpen();
      return reads.read(pin, key, offset, length, visitor, null, 0, 0) >= 0;
    }

    @Override
    public long copy(
        MemorySegment key,
        long offset,
        int length,
        MemorySegment target,
        long targetOffset,
        long targetLength) {
      requireOpen();
      return reads.read(pin, key, offset, length, null, target, targetOffset, targetLength);
    }

    @Override
    public Cursor cursor(KeyRange range) {
      cursors.incrementAndGet();
      if (closed.get()) {
        leave();
        requireOpen();
      }
      leases.incrementAndGet();
      return new TreeCursor(
          store.file,
          store.epochs,
          store.buffers,
          pin,
          range,
          () -> {
            leases.decrementAndGet();
            leave();
          });
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        leases.decrementAndGet();
        leave();
      }
    }

    /// The last one to leave, the snapshot or one of its cursors, lets the tree go.
    private void leave() {
      if (cursors.decrementAndGet() == 0) {
        store.unpin(pin, committer.durable().generation());
      }
    }

    private void requireOpen() {
      if (closed.get()) {
        throw new StorageException.Closed("the snapshot was closed");
      }
    }
  }
}
