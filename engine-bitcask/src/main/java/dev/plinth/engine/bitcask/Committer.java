package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEvent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Brings what the [Appender] encoded to the file, into the index and onto stable storage, in
/// commit order and for all waiting callers at once.
///
/// A batch becomes visible when it was applied to the index: for WRITTEN and SYNCED after its bytes
/// went to the operating system. The commit lock covers writing and applying; a sync runs outside
/// it, so that writers go on meanwhile. Virtual threads hand writes and syncs to threads of the
/// engine.
final class Committer implements AutoCloseable {
  /// What the committer asks of the engine.
  interface Host {
    /// A file was written to its end and another one begun.
    void rolled(DataFile file);

    /// More is durable than before.
    void durable(long sequence);

    /// Something failed that may have cost data: no writes from now on.
    void poison(RuntimeException cause);

    /// As [#poison], where the caller gets the failure itself.
    void poisonAndTell(RuntimeException cause);

    boolean isPoisoned();

    /// Throws when poisoned.
    void requireHealthy();
  }

  // Published without a fence: the lock that is given back afterwards makes one.
  private static final AtomicLongFieldUpdater<Committer> VISIBLE =
      AtomicLongFieldUpdater.newUpdater(Committer.class, "visible");
  private static final AtomicLongFieldUpdater<Committer> WRITTEN =
      AtomicLongFieldUpdater.newUpdater(Committer.class, "written");

  private final TurnLock lock = new TurnLock();
  private final ReentrantLock syncLock = new ReentrantLock();
  private final Appender appender;
  private final LiveState live;
  private final Host host;
  private final SlabPool slabs;
  private final Epochs epochs;
  private final Consumer<EngineEvent> events;
  private final BitcaskOptions options;
  private final Gate writes;
  private final Gate syncs;
  private final GroupIndexes durableApplied = new GroupIndexes();

  private @Nullable Chunk writeAt;
  private @Nullable Chunk applyAt;
  private @Nullable Chunk finishAt;
  private List<DataFile> unsynced = new ArrayList<>();
  private GroupIndexes dirtyApplied = new GroupIndexes();
  private GroupIndexes syncingApplied = new GroupIndexes();
  private int writtenFile;
  private long writtenOffset;
  private long unsyncedBytes;
  private volatile boolean applying;
  private volatile long visible;
  private volatile long written;
  private volatile long durable;

  Committer(
      Appender appender,
      LiveState live,
      Host host,
      SlabPool slabs,
      Epochs epochs,
      Consumer<EngineEvent> events,
      BitcaskOptions options,
      long sequence) {
    this.appender = appender;
    this.live = live;
    this.host = host;
    this.slabs = slabs;
    this.epochs = epochs;
    this.events = events;
    this.options = options;
    this.visible = sequence;
    this.written = sequence;
    this.durable = sequence;
    this.writes =
        new Gate("plinth-bitcask-write", () -> Math.min(written, visible), step(_ -> write()));
    this.syncs = new Gate("plinth-bitcask-sync", () -> durable, step(this::sync));
    live.applied.forEach(durableApplied::put);
  }

  /// Held while records are written and applied, and by whoever else changes the [LiveState].
  TurnLock lock() {
    return lock;
  }

  long visible() {
    return visible;
  }

  long durable() {
    return durable;
  }

  GroupIndexes durableApplied() {
    return durableApplied;
  }

  /// Waits until a batch has come as far as its writer asked.
  void finish(long sequence, Durability durability) {
    switch (durability) {
      case BUFFERED -> {
        if (visible < sequence) {
          applyBuffered();
        }
      }
      case WRITTEN -> awaitWritten(sequence);
      case SYNCED -> syncs.await(sequence);
    }
  }

  /// Waits until everything up to a sequence is durable.
  void awaitDurable(long sequence) {
    syncs.await(sequence);
  }

  /// Asks for a sync without waiting for it.
  void requestDurable(long sequence) {
    syncs.request(sequence);
  }

  /// Waits while a batch of several records is being applied, so that nobody sees a part of it.
  void awaitWholeBatch() {
    if (applying) {
      awaitLock();
    }
  }

  private void awaitLock() {
    lock.lock();
    try {
      assert !applying;
    } finally {
      lock.unlock();
    }
  }

  /// Hides the index from new readers while several keys change; under the commit lock.
  void applying(boolean now) {
    applying = now;
  }

  /// Tells waiting callers that nothing will be served any more.
  void wakeAll() {
    writes.wakeAll();
    syncs.wakeAll();
  }

  /// Writes and applies all that was appended; the caller holds the commit lock.
  void drain() {
    assert lock.isHeldByCurrentThread();
    host.requireHealthy();
    try {
      commit(true);
    } catch (RuntimeException e) {
      host.poisonAndTell(e);
      throw e;
    }
  }

  /// Everything up to an ingestion, itself included, is durable and visible; under the commit lock
  /// and the appender's, after [#drain()] and a sync.
  void advanceTo(long sequence) {
    visible = sequence;
    written = sequence;
    durable = sequence;
  }

  /// Takes the end of the append file over: everything is drained, and the next append begins a new
  /// file. Under the commit lock and the appender's.
  void end() {
    writeAt = null;
    applyAt = null;
    Chunk last = finishAt;
    finishAt = null;
    if (last != null) {
      try {
        finishChunk(last);
      } catch (RuntimeException e) {
        host.poisonAndTell(e);
        throw e;
      }
      host.rolled(last.file);
    }
  }

  @Override
  public void close() {
    writes.close();
    syncs.close();
  }

  private void applyBuffered() {
    boolean virtual = Thread.currentThread().isVirtual();
    boolean full;
    lock.lock();
    try {
      host.requireHealthy();
      full = commit(false);
      if (full && !virtual) {
        commit(true);
      }
    } catch (RuntimeException e) {
      host.poisonAndTell(e);
      throw e;
    } finally {
      lock.unlock();
    }
    if (full && virtual) {
      writes.await(visible);
    }
    syncWhenDue();
  }

  private void awaitWritten(long sequence) {
    if (Thread.currentThread().isVirtual()) {
      writes.await(sequence);
      return;
    }
    while (visible < sequence || written < sequence) {
      host.requireHealthy();
      write();
    }
  }

  private void write() {
    lock.lock();
    try {
      if (!host.isPoisoned()) {
        commit(true);
      }
    } catch (RuntimeException e) {
      host.poison(e);
    } finally {
      lock.unlock();
    }
    syncWhenDue();
  }

  private void syncWhenDue() {
    if (unsyncedBytes >= options.syncBytes()) {
      syncs.request(written);
    }
  }

  private Gate.Step step(IntConsumer run) {
    return new Gate.Step() {
      @Override
      public void run(int waiters) {
        run.accept(waiters);
      }

      @Override
      public boolean failed() {
        return host.isPoisoned();
      }

      @Override
      public void requireHealthy() {
        host.requireHealthy();
      }
    };
  }

  /// One sync for everyone: writes the rest, then syncs every file that has unsynced bytes, in
  /// order.
  private void sync(int waiters) {
    syncLock.lock();
    try {
      List<DataFile> files;
      Watermark reached;
      long sequence;
      long bytes;
      lock.lock();
      try {
        if (host.isPoisoned()) {
          return;
        }
        commit(true);
        sequence = visible;
        reached = new Watermark(writtenFile, writtenOffset);
        files = unsynced;
        bytes = unsyncedBytes;
        unsynced = new ArrayList<>();
        unsyncedBytes = 0;
        GroupIndexes dirty = dirtyApplied;
        dirtyApplied = syncingApplied;
        syncingApplied = dirty;
      } finally {
        lock.unlock();
      }
      for (DataFile file : files) {
        long begin = System.nanoTime();
        file.file().syncData();
        events.accept(new EngineEvent.Synced(file.path, bytes, waiters, System.nanoTime() - begin));
      }
      syncingApplied.forEach(durableApplied::put);
      syncingApplied.clear();
      appender.synced(reached);
      durable = Math.max(durable, sequence);
      host.durable(sequence);
    } catch (RuntimeException e) {
      host.poison(e);
    } finally {
      syncLock.unlock();
    }
  }

  /// Writes (if asked), applies, and retires full chunks.
  ///
  /// @return whether so much is unwritten that it should be written now
  private boolean commit(boolean write) {
    if (writeAt == null) {
      Chunk first = appender.first();
      if (first == null) {
        return false;
      }
      writeAt = first;
      applyAt = first;
      finishAt = first;
    }
    if (write) {
      writeAll();
    }
    long token = epochs.enter();
    try {
      applyAll(write);
    } finally {
      epochs.exit(token);
    }
    finishChunks();
    Chunk chunk = Objects.requireNonNull(writeAt);
    return chunk.next != null || chunk.filled - chunk.written >= options.writeBufferBytes();
  }

  private void writeAll() {
    Chunk chunk = Objects.requireNonNull(writeAt);
    while (true) {
      Chunk next = chunk.next;
      long sequence = chunk.sequence;
      int filled = chunk.filled;
      int bytes = filled - chunk.written;
      if (bytes > 0) {
        if (unsynced.isEmpty() || unsynced.getLast() != chunk.file) {
          unsynced.add(chunk.file);
        }
        chunk
            .file
            .file()
            .write(chunk.start + chunk.written, chunk.memory, chunk.written, bytes, ByteCause.LOG);
        chunk.written = filled;
        writtenFile = chunk.file.number;
        writtenOffset = chunk.start + filled;
        unsyncedBytes += bytes;
      }
      if (next == null) {
        WRITTEN.lazySet(this, sequence);
        break;
      }
      chunk = next;
    }
    writeAt = chunk;
  }

  private void applyAll(boolean writtenOnly) {
    Chunk chunk = Objects.requireNonNull(applyAt);
    while (true) {
      Chunk next = chunk.next;
      int end = writtenOnly ? chunk.written : chunk.filled;
      applyChunk(chunk, end);
      if (next == null || chunk.applied < chunk.filled) {
        break;
      }
      chunk = next;
    }
    applyAt = chunk;
  }

  private void applyChunk(Chunk chunk, int end) {
    if (end <= chunk.applied) {
      return;
    }
    MemorySegment memory = chunk.memory;
    DataFile file = chunk.file;
    long sequence = visible;
    int at = chunk.applied;
    try {
      while (at < end) {
        long parsed = RecordFormat.parse(memory, at, end);
        int kind = RecordFormat.kind(parsed);
        if (!RecordFormat.last(parsed) || kind == RecordFormat.RANGE) {
          applying = true;
        }
        if (kind != RecordFormat.WATERMARK) {
          sequence = file.baseSequence + RecordFormat.sequenceDelta(memory, at, end);
        }
        long offset = chunk.start + at;
        live.apply(file, memory, at, offset, parsed);
        if (kind == RecordFormat.APPLIED) {
          long key = at + (long) RecordFormat.headerBytes(parsed);
          dirtyApplied.put(memory.get(Layouts.LONG, key), memory.get(Layouts.LONG, key + 8));
        }
        at += (int) RecordFormat.recordBytes(parsed);
      }
      chunk.applied = end;
      file.bytes(chunk.start + end);
      VISIBLE.lazySet(this, sequence);
    } finally {
      if (applying) {
        applying = false;
      }
    }
  }

  private void finishChunks() {
    Chunk chunk = Objects.requireNonNull(finishAt);
    while (chunk != writeAt && chunk != applyAt) {
      finishChunk(chunk);
      Chunk next = Objects.requireNonNull(chunk.next);
      if (next.file != chunk.file) {
        host.rolled(chunk.file);
      }
      chunk = next;
    }
    finishAt = chunk;
  }

  /// Lets readers of a chunk that is written go to a mapping, and gives its buffer back.
  private void finishChunk(Chunk chunk) {
    int filled = chunk.filled;
    if (filled > 0) {
      DataFile file = chunk.file;
      MemorySegment mapping = file.file().map(chunk.start, filled, file.growingArena());
      file.replaceWindow(new Window(chunk.start, mapping));
    }
    epochs.retire(() -> slabs.release(chunk.slab));
  }
}
