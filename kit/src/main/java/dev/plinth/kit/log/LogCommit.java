package dev.plinth.kit.log;

import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Group commit: who writes, who syncs, who waits.
///
/// There are two roles, each with one holder at a time: the writer hands pending buffers to the
/// file, the syncer syncs what was written before it began. Whoever needs a position and finds the
/// role free takes it, if it is a platform thread; a virtual thread leaves it to the log's own
/// thread. Everyone else parks; one who leaves a role wakes those whom it served. A position is
/// reached for all records below it at once, so one write and one sync serve every record that was
/// appended meanwhile.
///
/// The lock is never held during input or output. A failure of either is final.
final class LogCommit {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition roleFree = lock.newCondition();
  private final LogOptions options;
  private final LogListener listener;
  private final @Nullable Executor background;
  private final CommitThread thread;
  private final LogStream stream;

  private final WrittenSegments segments;
  private final LogCounts counts = new LogCounts();
  private final Waiter.Queue writeWaiters = new Waiter.Queue();
  private final Waiter.Queue syncWaiters = new Waiter.Queue();
  private final Gathering gathering = new Gathering();
  private boolean writing;
  private @Nullable LogBuffer inFlight;
  private int inFlightCount;
  private boolean syncing;

  /// How long the last sync took; of the syncer.
  private long lastSyncNanos;

  private boolean writeClaimed;

  /// How many wait for room and were not called since.
  private int roomWaiters;

  private long threadWriteTarget;
  private long threadSyncTarget;
  private boolean closing;
  private volatile long written;
  private volatile long synced;
  private volatile @Nullable StorageException failure;
  private volatile boolean told;

  LogCommit(
      LogOptions options,
      LogListener listener,
      @Nullable Executor background,
      SegmentFiles files,
      SegmentFile first,
      String name) {
    this.options = options;
    this.listener = listener;
    this.background = background;
    this.stream = new LogStream(options, files, first);
    this.segments = new WrittenSegments(lock, options, first);
    this.written = stream.end();
    this.synced = written;
    this.thread = new CommitThread(this, name);
  }

  long written() {
    return written;
  }

  long synced() {
    return synced;
  }

  long end() {
    lock.lock();
    try {
      return stream.end();
    } finally {
      lock.unlock();
    }
  }

  LogStats stats() {
    lock.lock();
    try {
      return counts.stats(segments.prefilledBytes());
    } finally {
      lock.unlock();
    }
  }

  long append(
      Durability durability,
      int kind,
      long first,
      long second,
      MemorySegment a,
      long aOffset,
      int aLength,
      MemorySegment b,
      long bOffset,
      int bLength) {
    long size = LogFormat.recordBytes((long) aLength + bLength, first, second);
    long position;
    long end;
    NextSegment ahead = null;
    boolean leads = false;
    lock.lock();
    try {
      reserve(size);
      position = stream.put(kind, first, second, a, aOffset, aLength, b, bOffset, bLength);
      end = stream.end();
      counts.appended();
      if (background != null) {
        ahead = stream.nextDue();
      }
      if (durability == Durability.WRITTEN && !Thread.currentThread().isVirtual()) {
        leads = takeWrite();
      }
    } finally {
      lock.unlock();
    }
    if (ahead != null) {
      prepare(ahead);
    }
    if (leads) {
      runWrite(false);
    }
    if (durability != Durability.BUFFERED) {
      await(end, durability == Durability.SYNCED);
    }
    return position;
  }

  /// Appends one of the log's own records and makes it durable, with all before it.
  ///
  /// @return its position
  long appendOwn(int kind, long first) {
    long position;
    long end;
    lock.lock();
    try {
      reserve(LogFormat.OWN_BYTES_MAX);
      position = stream.putOwn(kind, first, 0);
      end = stream.end();
    } finally {
      lock.unlock();
    }
    await(end, true);
    return position;
  }

  /// Takes no more records, makes all of them durable, and then the mark that says so.
  ///
  /// @param lowest the number of the lowest segment
  /// @return the position behind the mark; -1 when the log had failed before or was closed
  long close(long lowest) {
    long end;
    lock.lock();
    try {
      if (closing || failure != null) {
        closing = true;
        return -1;
      }
      closing = true;
      end = stream.end();
      callRoomWaiters();
    } finally {
      lock.unlock();
    }
    await(end, true);
    lock.lock();
    try {
      boolean hasRoom = stream.reserveMark(synced);
      assert hasRoom : "all buffers were written";
      stream.putOwn(LogFormat.CLOSE, lowest, synced);
      end = stream.end();
    } finally {
      lock.unlock();
    }
    await(end, true);
    return end;
  }

  /// Ends the log's own thread and gives memory and files back. Nobody appends any more.
  ///
  /// @param end the position to cut the last segment at; -1 to leave it
  void release(long end) {
    thread.stop();
    awaitIdle();
    try {
      stream.abandonNext(end >= 0);
      if (end >= 0) {
        segments.current().file().truncate(LogFormat.offset(end));
      }
    } finally {
      segments.close();
      lock.lock();
      try {
        stream.free();
      } finally {
        lock.unlock();
      }
    }
  }

  private void awaitIdle() {
    lock.lock();
    try {
      while (writing || syncing) {
        roleFree.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Copies the start of a record that is not written yet.
  ///
  /// @param target copied to, as much as it takes
  /// @return how many bytes follow its start in memory, of which those that fit were copied; -1
  ///   when the position is not in memory
  long copy(long position, MemorySegment target) {
    lock.lock();
    try {
      LogBuffer buffer = stream.find(position);
      if (buffer == null) {
        return -1;
      }
      long at = LogFormat.offset(position) - buffer.start();
      long bytes = buffer.used() - at;
      MemorySegment.copy(buffer.memory(), at, target, 0, Math.min(bytes, target.byteSize()));
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /// Makes room for a record, writing or waiting while there is none. The lock is held.
  private void reserve(long size) {
    requireOpen();
    while (!stream.reserve(size, synced)) {
      boolean virtual = Thread.currentThread().isVirtual();
      if (!virtual && takeWrite()) {
        lock.unlock();
        try {
          runWrite(false);
        } finally {
          lock.lock();
        }
      } else {
        roomWaiters++;
        if (!writing) {
          thread.wake();
        }
        room.awaitUninterruptibly();
      }
      requireOpen();
    }
  }

  /// Lets those who wait for room look again, each once: one that does not run yet must not keep
  /// the log's own thread busy. The lock is held.
  private void callRoomWaiters() {
    if (roomWaiters > 0) {
      roomWaiters = 0;
      room.signalAll();
    }
  }

  /// Throws when a write or sync has failed.
  void requireHealthy() {
    StorageException cause = failure;
    if (cause != null) {
      told = true;
      throw poisoned(cause);
    }
  }

  /// Whether no write or sync has failed.
  boolean isHealthy() {
    return failure == null;
  }

  /// Throws when a write or sync has failed and neither a caller nor the listener knows.
  void requireTold() {
    if (!told) {
      requireHealthy();
    }
  }

  private void requireOpen() {
    requireHealthy();
    if (closing) {
      throw new StorageException.Closed("the log was closed");
    }
  }

  private static StorageException poisoned(StorageException cause) {
    return new StorageException.Poisoned(
        "the log takes no more records since a write or sync failed: "
            + cause.getMessage()
            + "; close and reopen it",
        cause);
  }

  /// Waits until everything below a position is written or durable; does the work when nobody else
  /// does.
  void await(long target, boolean sync) {
    Waiter me = null;
    while ((sync ? synced : written) < target) {
      boolean leads;
      long gathers;
      lock.lock();
      try {
        if ((sync ? synced : written) >= target) {
          return;
        }
        requireHealthy();
        gathers = sync ? gatherNanos() : 0;
        leads = gathers == 0 && !Thread.currentThread().isVirtual() && take(sync);
        if (!leads) {
          if (me == null) {
            me = new Waiter(target);
          } else {
            me.reset();
          }
          enqueue(me, sync);
        }
      } finally {
        lock.unlock();
      }
      if (leads) {
        run(sync);
      } else if (me != null && waits(me, gathers)) {
        return;
      }
    }
  }

  private boolean take(boolean sync) {
    return sync ? takeSync() : takeWrite();
  }

  /// How long the caller should wait for others before it syncs; 0 when it should not, or cannot
  /// sync. The lock is held.
  private long gatherNanos() {
    return syncing || threadSyncTarget > synced || Thread.currentThread().isVirtual()
        ? 0
        : gathering.nanos(syncWaiters.platformCount() + 1, System.nanoTime());
  }

  /// Parks until the position is reached, or until it is time to look again.
  ///
  /// @param gathers how long to wait for others before syncing; 0 to wait for who does
  /// @return whether the position is reached
  private boolean waits(Waiter me, long gathers) {
    if (gathers > 0 && me.await(gathers) == Waiter.WAITING) {
      lock.lock();
      try {
        if (gathering.givesUp(me, syncWaiters, syncing)) {
          return false;
        }
      } finally {
        lock.unlock();
      }
    }
    return me.await() == Waiter.DONE;
  }

  private void run(boolean sync) {
    if (sync) {
      runSync();
    } else {
      runWrite(false);
    }
  }

  private void enqueue(Waiter waiter, boolean sync) {
    (sync ? syncWaiters : writeWaiters).add(waiter);
    if (waiter.isVirtual()) {
      if (sync) {
        threadSyncTarget = Math.max(threadSyncTarget, waiter.target);
      } else {
        threadWriteTarget = Math.max(threadWriteTarget, waiter.target);
      }
      if (sync ? !syncing : !writing) {
        thread.wake();
      }
    }
  }

  /// Lets the log's own thread make everything appended so far durable.
  ///
  /// @return the position that will be durable
  long requestSync() {
    lock.lock();
    try {
      requireOpen();
      long target = stream.end();
      threadSyncTarget = Math.max(threadSyncTarget, target);
      if (!syncing && target > synced) {
        thread.wake();
      }
      return target;
    } finally {
      lock.unlock();
    }
  }

  private boolean takeWrite() {
    if (writing || writeClaimed || failure != null) {
      return false;
    }
    writing = true;
    stream.seal();
    inFlightCount = stream.pendingCount();
    inFlight = inFlightCount == 0 ? null : stream.firstPending();
    return true;
  }

  private boolean takeSync() {
    if (syncing || failure != null) {
      return false;
    }
    syncing = true;
    return true;
  }

  /// Does what the log's own thread was asked for.
  ///
  /// @return whether there was something to do
  boolean runAsked() {
    boolean sync;
    boolean write;
    lock.lock();
    try {
      sync = threadSyncTarget > synced && takeSync();
      write = !sync && (threadWriteTarget > written || roomWaiters > 0) && takeWrite();
    } finally {
      lock.unlock();
    }
    if (sync || write) {
      run(sync);
    }
    return sync || write;
  }

  /// Writes the buffers that were pending when the write role was taken. The caller holds it; it is
  /// free on return.
  ///
  /// @param syncs whether a sync follows
  private void runWrite(boolean syncs) {
    boolean hasRolled = false;
    LogBuffer buffer = inFlight;
    if (buffer == null) {
      leaveWrite();
    }
    while (buffer != null) {
      SegmentFile full = segments.current();
      SegmentFile following;
      try {
        following = segments.write(buffer, syncs);
      } catch (Throwable t) {
        fail(t);
        leaveWrite();
        return;
      }
      buffer = finishBuffer(buffer, following);
      if (following != null) {
        hasRolled = true;
        tellRolled(full, following);
      }
    }
    if (hasRolled) {
      afterRoll();
    }
  }

  private void tellRolled(SegmentFile full, SegmentFile following) {
    try {
      listener.rolled(full.file().path(), following.file().path());
    } catch (Throwable t) {
      fail(t);
    }
  }

  /// @return the next buffer to write; null when there is none, and the role was left
  private @Nullable LogBuffer finishBuffer(LogBuffer buffer, @Nullable SegmentFile following) {
    Waiter chain;
    lock.lock();
    try {
      counts.written(buffer.used());
      written = buffer.end();
      stream.written();
      segments.written(following);
      inFlight = --inFlightCount > 0 ? stream.firstPending() : null;
      if (inFlight != null) {
        callRoomWaiters();
        return inFlight;
      }
      chain = releaseWrite();
    } finally {
      lock.unlock();
    }
    Waiter.wakeAll(chain);
    return null;
  }

  private void leaveWrite() {
    Waiter chain;
    lock.lock();
    try {
      chain = releaseWrite();
    } finally {
      lock.unlock();
    }
    Waiter.wakeAll(chain);
  }

  /// Frees the write role and finds out whom to wake. The lock is held.
  private @Nullable Waiter releaseWrite() {
    writing = false;
    inFlight = null;
    Waiter reached = writeWaiters.takeReached(written);
    callRoomWaiters();
    roleFree.signalAll();
    if (writeClaimed) {
      return reached;
    }
    if (failure == null && threadWriteTarget > written) {
      thread.wake();
    } else {
      Waiter heir = writeWaiters.takePlatform();
      return heir == null ? reached : heir.calledBefore(reached);
    }
    return reached;
  }

  /// Keeps what is written and not synced within one segment or so.
  private void afterRoll() {
    boolean leads = false;
    lock.lock();
    try {
      if (failure == null && background != null) {
        threadSyncTarget =
            Math.max(
                threadSyncTarget,
                LogFormat.position(segments.current().number(), LogFormat.HEADER_BYTES));
        if (!syncing) {
          thread.wake();
        }
      } else if (!closing) {
        leads = takeSync();
      }
    } finally {
      lock.unlock();
    }
    if (leads) {
      runSync();
    }
  }

  /// Writes and syncs everything appended so far. The caller holds the sync role, which is free on
  /// return.
  private void runSync() {
    if (options.syncDelayNanos() > 0) {
      LockSupport.parkNanos(this, options.syncDelayNanos());
    }
    if (claimWrite()) {
      runWrite(true);
    }
    try {
      syncFiles();
    } catch (Throwable t) {
      fail(t);
    }
    leaveSync();
  }

  /// Takes the write role when there is something to write, before anyone else who waits for it.
  private boolean claimWrite() {
    lock.lock();
    try {
      writeClaimed = true;
      while (writing && failure == null) {
        roleFree.awaitUninterruptibly();
      }
      writeClaimed = false;
      return !stream.isEmpty() && takeWrite();
    } finally {
      lock.unlock();
    }
  }

  private void syncFiles() {
    long target;
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      target = written;
      segments.cover();
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    segments.sync();
    long nanos = System.nanoTime() - start;
    lastSyncNanos = nanos;
    listener.synced(target, finishSync(target, nanos), nanos);
  }

  private long finishSync(long target, long nanos) {
    lock.lock();
    try {
      if (failure == null) {
        synced = target;
      }
      return counts.synced(nanos);
    } finally {
      lock.unlock();
    }
  }

  private void leaveSync() {
    Waiter chain;
    lock.lock();
    try {
      syncing = false;
      roleFree.signalAll();
      int callers = syncWaiters.platformCount() + (isCaller() ? 1 : 0);
      gathering.ended(callers, lastSyncNanos, System.nanoTime());
      chain = syncWaiters.takeReached(synced);
      if (failure == null && threadSyncTarget > synced) {
        thread.wake();
      } else {
        Waiter heir = syncWaiters.takePlatform();
        chain = heir == null ? chain : heir.calledBefore(chain);
      }
    } finally {
      lock.unlock();
    }
    Waiter.wakeAll(chain);
  }

  /// Whether this thread appends, and is not the log's own.
  private boolean isCaller() {
    return !thread.isCurrent();
  }

  private void prepare(NextSegment ahead) {
    boolean small;
    lock.lock();
    try {
      small = options.prefillBytes() > 0 && segments.isSmall(counts.bytesPerSync());
    } finally {
      lock.unlock();
    }
    Executor executor = background;
    if (executor != null) {
      try {
        executor.execute(() -> ahead.prepare(small ? options.segmentBytes() : 0));
      } catch (RejectedExecutionException _) {
        // It is made when it is needed.
      }
    }
  }

  /// Takes no more appends, and lets nobody wait any longer.
  void fail(Throwable t) {
    StorageException cause =
        t instanceof StorageException storage
            ? storage
            : new StorageException.Io("the log failed: " + t, t);
    boolean isFirst;
    Waiter waiters;
    Waiter others;
    lock.lock();
    try {
      isFirst = failure == null;
      if (isFirst) {
        failure = cause;
      }
      waiters = writeWaiters.takeAll();
      others = syncWaiters.takeAll();
      callRoomWaiters();
      roleFree.signalAll();
    } finally {
      lock.unlock();
    }
    Waiter.wakeAll(waiters);
    Waiter.wakeAll(others);
    if (isFirst && !listener.equals(LogListener.NONE)) {
      try {
        listener.failed(cause);
        told = true;
      } catch (Throwable e) {
        // Whoever waits is told already, and the next caller will be.
        if (e != cause) {
          cause.addSuppressed(e);
        }
      }
    }
  }
}
