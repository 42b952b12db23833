package dev.plinth.kit.log;

import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
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
  private static final long PREFILL_SHARE = 8;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition writeFree = lock.newCondition();
  private final LogOptions options;
  private final LogListener listener;
  private final @Nullable Executor background;
  private final CommitThread thread;
  private final LogStream stream;

  private SegmentFile current;
  private final ArrayDeque<SegmentFile> rolled = new ArrayDeque<>();
  private final Waiter.Queue writeWaiters = new Waiter.Queue();
  private final Waiter.Queue syncWaiters = new Waiter.Queue();
  private boolean writing;
  private @Nullable LogBuffer inFlight;
  private int inFlightCount;
  private boolean syncing;
  private boolean writeClaimed;
  private int roomWaiters;
  private long threadWriteTarget;
  private long threadSyncTarget;
  private boolean closing;
  private volatile long written;
  private volatile long synced;
  private volatile @Nullable StorageException failure;
  private long records;
  private long writes;
  private long writtenBytes;
  private long syncs;
  private long syncNanos;
  private long bytesBeforeSync;
  private final LongAdder prefilled = new LongAdder();

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
    this.current = first;
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
      return new LogStats(records, writes, writtenBytes, syncs, syncNanos, prefilled.sum());
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
      records++;
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
      room.signalAll();
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
    try {
      NextSegment unused = stream.takeNext();
      if (end >= 0) {
        current.file().truncate(LogFormat.offset(end));
        if (unused != null) {
          unused.abandon();
        }
      }
    } finally {
      current.close();
      rolled.forEach(SegmentFile::close);
      lock.lock();
      try {
        stream.free();
      } finally {
        lock.unlock();
      }
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
        roomWaiters--;
      }
      requireOpen();
    }
  }

  private void requireOpen() {
    StorageException cause = failure;
    if (cause != null) {
      throw poisoned(cause);
    }
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
      boolean leads = false;
      lock.lock();
      try {
        if ((sync ? synced : written) >= target) {
          return;
        }
        StorageException cause = failure;
        if (cause != null) {
          throw poisoned(cause);
        }
        leads = !Thread.currentThread().isVirtual() && (sync ? takeSync() : takeWrite());
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
      } else if (me != null && me.await() == Waiter.DONE) {
        return;
      }
    }
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
      try {
        SegmentFile following = writeOut(buffer, syncs);
        hasRolled |= following != null;
        buffer = finishBuffer(buffer, following);
      } catch (Throwable t) {
        fail(t);
        leaveWrite();
        return;
      }
    }
    if (hasRolled) {
      afterRoll();
    }
  }

  /// @return the following segment when this one is full
  private @Nullable SegmentFile writeOut(LogBuffer buffer, boolean syncs) {
    NextSegment next = buffer.next();
    SegmentFile following = next == null ? null : next.take();
    boolean isSmall = buffer.used() <= options.prefillBytes() / PREFILL_SHARE;
    current.write(buffer);
    if (syncs && isSmall && next == null && current.isFull(buffer.start() + buffer.used())) {
      prefilled.add(current.fill(options.prefillBytes(), options.segmentBytes()));
    }
    return following;
  }

  /// @return the next buffer to write; null when there is none, and the role was left
  private @Nullable LogBuffer finishBuffer(LogBuffer buffer, @Nullable SegmentFile following) {
    Waiter chain;
    lock.lock();
    try {
      writes++;
      writtenBytes += buffer.used();
      written = buffer.end();
      stream.written();
      current.dirty = true;
      if (following != null) {
        rolled.add(current);
        current = following;
      }
      inFlight = --inFlightCount > 0 ? stream.firstPending() : null;
      if (inFlight != null) {
        if (roomWaiters > 0) {
          room.signalAll();
        }
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
    if (roomWaiters > 0) {
      room.signalAll();
    }
    if (writeClaimed) {
      writeFree.signalAll();
    } else if (failure == null && (threadWriteTarget > written || roomWaiters > 0)) {
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
                threadSyncTarget, LogFormat.position(current.number(), LogFormat.HEADER_BYTES));
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
        writeFree.awaitUninterruptibly();
      }
      writeClaimed = false;
      return !stream.isEmpty() && takeWrite();
    } finally {
      lock.unlock();
    }
  }

  private void syncFiles() {
    long target;
    int full;
    SegmentFile last;
    boolean lastDirty;
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      target = written;
      full = rolled.size();
      last = current;
      lastDirty = last.dirty;
      last.dirty = false;
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    for (int i = 0; i < full; i++) {
      syncOldest();
    }
    if (lastDirty) {
      last.sync();
    }
    long nanos = System.nanoTime() - start;
    listener.synced(target, finishSync(target, nanos), nanos);
  }

  private void syncOldest() {
    SegmentFile oldest;
    lock.lock();
    try {
      oldest = rolled.getFirst();
    } finally {
      lock.unlock();
    }
    oldest.sync();
    lock.lock();
    try {
      rolled.removeFirst();
    } finally {
      lock.unlock();
    }
    oldest.close();
  }

  private long finishSync(long target, long nanos) {
    lock.lock();
    try {
      if (failure == null) {
        synced = target;
      }
      syncs++;
      syncNanos += nanos;
      long bytes = writtenBytes - bytesBeforeSync;
      bytesBeforeSync = writtenBytes;
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private void leaveSync() {
    Waiter chain;
    lock.lock();
    try {
      syncing = false;
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

  private void prepare(NextSegment ahead) {
    boolean small;
    lock.lock();
    try {
      small = syncsAreSmall();
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

  private boolean syncsAreSmall() {
    return options.prefillBytes() > 0
        && syncs > 0
        && writtenBytes / syncs <= options.prefillBytes() / PREFILL_SHARE;
  }

  private void fail(Throwable t) {
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
      room.signalAll();
      writeFree.signalAll();
    } finally {
      lock.unlock();
    }
    Waiter.wakeAll(waiters);
    Waiter.wakeAll(others);
    if (isFirst) {
      listener.failed(cause);
    }
  }
}
