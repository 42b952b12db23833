package dev.plinth.kit.log;

import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An append-only log in segment files, for one process: the write-ahead log of an engine, or the
/// body of a Raft log that many groups share.
///
/// Threads: every method may be called by any thread, platform or virtual; waiting callers park.
/// Order: positions ascend in the order of appends, and a record that is durable has all records
/// before it durable too. Group commit: one write and one sync serve every record appended
/// meanwhile. A platform caller does them itself when nobody else does; a virtual one leaves them
/// to the log's own thread. Nothing is allocated per record unless the caller must wait for
/// another.
///
/// Failures: a write or sync that fails is final. Everyone who waits and every later append gets
/// [StorageException.Poisoned] with the first cause; nothing is tried again; reads of what was
/// written go on. Close and open again: opening trusts only what was synced, and makes the rest
/// that it can read durable before it returns.
///
/// Recovery: [LogReader] has the rule that tells a torn tail from damage. A record is visible after
/// it as a whole or not at all.
///
/// Group commit with a leader after the commit queue of RocksDB's WriteThread and Pebble's commit
/// pipeline; identity in checksums against replay of recycled files as in raft-engine and RocksDB.
public final class LogWriter implements AutoCloseable {
  private final SegmentFiles files;
  private final SegmentReads reads;
  private final LogCommit commit;
  private final ReentrantLock dropLock = new ReentrantLock();
  private final List<Pin> pins = new ArrayList<>();
  private final LogTail recovered;
  private long droppedBelow;
  private boolean closed;

  private LogWriter(SegmentFiles files, LogCommit commit, LogTail recovered) {
    this.files = files;
    this.reads = new SegmentReads(files);
    this.commit = commit;
    this.recovered = recovered;
  }

  /// Opens the log in a folder, or begins one: shows its records, makes them durable, and is ready
  /// for more.
  ///
  /// @param disk where
  /// @param directory the folder, which exists, whose name is durable, and which the caller has
  ///   locked; other files in it are left alone
  /// @param store the identity of the store the log belongs to; files of another store are refused
  /// @param options memory and disk
  /// @param background makes segments ahead; null to make them when they are needed, and to sync a
  ///   full segment on the thread that filled it
  /// @param from segments wholly below this position are dropped, records below it are not shown; 0
  ///   for none. A position that this log returned, such as [#endPosition()]
  /// @param watermark a position up to which the caller knows the log to be durable; 0 for none
  /// @param listener told of what happens
  /// @param visitor shown the records found
  /// @throws StorageException.Corrupt when durable records are damaged or missing; nothing was
  ///   changed
  public static LogWriter open(
      Disk disk,
      Path directory,
      long store,
      LogOptions options,
      @Nullable Executor background,
      long from,
      long watermark,
      LogListener listener,
      LogVisitor visitor) {
    LogTail tail =
        LogReader.read(disk, directory, store, from, watermark, visitor, options.recoveryThreads());
    SegmentFiles files = new SegmentFiles(disk, directory, store, options);
    SegmentFile first = new LogRepair(files, listener).repair(tail, from);
    String name = "plinth-log-" + directory.getFileName();
    LogCommit commit = new LogCommit(options, listener, background, files, first, name);
    return new LogWriter(files, commit, tail);
  }

  /// Opens a log without background work, from its start.
  public static LogWriter open(
      Disk disk, Path directory, long store, LogOptions options, LogVisitor visitor) {
    return open(disk, directory, store, options, null, 0, 0, LogListener.NONE, visitor);
  }

  /// How the log ended when it was opened.
  public LogTail recovered() {
    return recovered;
  }

  /// Appends a record.
  ///
  /// @param durability how far it has come when this returns
  /// @param type 0 to [LogFormat#TYPE_MAX], for the user
  /// @param first a number of the user's, 0 or more; small ones take less room
  /// @param second another
  /// @return its position
  /// @throws StorageException.LimitExceeded when the body is longer than
  ///   [LogFormat#BODY_BYTES_MAX]; nothing was appended
  public long append(
      Durability durability,
      int type,
      long first,
      long second,
      MemorySegment body,
      long offset,
      int length) {
    return append(durability, type, first, second, body, offset, length, body, offset, 0);
  }

  /// Appends a record whose body stands in two places.
  ///
  /// @param a holds the first part
  /// @param b holds the second part; not touched when its length is 0
  public long append(
      Durability durability,
      int type,
      long first,
      long second,
      MemorySegment a,
      long aOffset,
      int aLength,
      MemorySegment b,
      long bOffset,
      int bLength) {
    if (type < 0 || type > LogFormat.TYPE_MAX || first < 0 || second < 0) {
      throw new IllegalArgumentException(
          "type must be 0.." + LogFormat.TYPE_MAX + ", first and second not negative");
    }
    if ((long) aLength + bLength > LogFormat.BODY_BYTES_MAX) {
      throw new StorageException.LimitExceeded(
          "a record of "
              + ((long) aLength + bLength)
              + " bytes: records have at most "
              + LogFormat.BODY_BYTES_MAX
              + " bytes");
    }
    return commit.append(
        durability, LogFormat.USER | type, first, second, a, aOffset, aLength, b, bOffset, bLength);
  }

  /// Waits until the record at a position, and all before it, are in the hands of the operating
  /// system.
  public void awaitWritten(long position) {
    commit.await(position + 1, false);
  }

  /// Waits until the record at a position, and all before it, survive a power failure.
  public void awaitSynced(long position) {
    commit.await(position + 1, true);
  }

  /// Makes everything appended so far durable and waits for it.
  ///
  /// @return everything below this position is durable
  public long sync() {
    long end = commit.end();
    commit.await(end, true);
    return end;
  }

  /// Starts what [#sync()] does without waiting; the listener tells when it is done.
  ///
  /// @return everything below this position will be durable
  public long requestSync() {
    return commit.requestSync();
  }

  /// Everything below this position is in the hands of the operating system.
  public long writtenPosition() {
    return commit.written();
  }

  /// Everything below this position survives a power failure.
  public long syncedPosition() {
    return commit.synced();
  }

  /// No record appended from now on has a lower position than this.
  public long endPosition() {
    return commit.end();
  }

  /// Shows the record at a position, durable or not.
  ///
  /// @param position what [#append] returned or a [LogVisitor] was shown, not dropped since
  /// @throws StorageException.Corrupt when there is no good record at this position
  public void read(long position, LogVisitor visitor) {
    SegmentReads.Scratch scratch = reads.scratch();
    try {
      if (position >= commit.written() && readBuffered(position, scratch)) {
        SegmentReads.show(position, scratch, visitor);
      } else {
        reads.read(position, scratch, visitor);
      }
    } finally {
      reads.giveBack(scratch);
    }
  }

  /// Where the body of a record begins.
  ///
  /// @param position of the record
  /// @param first its first number
  /// @param second its second number
  /// @param length the bytes of its body
  public static long bodyPosition(long position, long first, long second, int length) {
    return position + LogFormat.recordBytes(length, first, second) - length;
  }

  /// Copies bytes of a record's body as they stand in the file. Nothing is checked: the caller has
  /// a checksum of its own.
  ///
  /// @param position of the first byte, within the body of a record that was written and not
  ///   dropped since
  /// @return whether the file has so many bytes there
  public boolean copy(long position, MemorySegment target, long offset, int length) {
    return reads.copy(position, target, offset, length);
  }

  /// The file that has a position.
  public Path file(long position) {
    return files.path(LogFormat.number(position));
  }

  private boolean readBuffered(long position, SegmentReads.Scratch scratch) {
    long have = commit.copy(position, scratch.memory());
    if (have < 0) {
      return false;
    }
    Path path = files.path(LogFormat.number(position));
    long there = Math.min(have, scratch.memory().byteSize());
    long size = SegmentReads.recordBytes(path, LogFormat.offset(position), scratch.memory(), there);
    if (size > scratch.memory().byteSize()) {
      scratch.grow(size, 0);
      return commit.copy(position, scratch.memory()) >= size;
    }
    return true;
  }

  /// Gives the space of records below a position back: whole segments that lie below it, at once.
  /// Records below it may still be shown by the next opening; give it the position then.
  ///
  /// Waits until those segments are durable, so that the log never has a hole. When a file cannot
  /// be dropped the log fails as it does for a write.
  public void dropBefore(long position) {
    long lowest = LogFormat.number(Math.min(position, commit.end()));
    commit.await(LogFormat.position(lowest, 0), true);
    dropLock.lock();
    try {
      if (closed) {
        throw new StorageException.Closed("the log was closed");
      }
      commit.requireHealthy();
      droppedBelow = Math.max(droppedBelow, lowest);
      dropSegments();
    } finally {
      dropLock.unlock();
    }
  }

  /// Keeps the segments that hold records from one position to another, also when they are dropped,
  /// for those who go on reading them. They go when the pin is closed; a crash or an end of the
  /// process before leaves their files to the next opening, as it does with all that was dropped.
  ///
  /// @param from positions that nobody asked to drop yet
  public Pin pin(long from, long to) {
    Pin pin = new Pin(LogFormat.number(from), LogFormat.number(to));
    dropLock.lock();
    try {
      pins.add(pin);
    } finally {
      dropLock.unlock();
    }
    return pin;
  }

  /// Segments that are kept for readers: see [#pin]. Any thread.
  public final class Pin implements AutoCloseable {
    private final long first;
    private final long last;

    private Pin(long first, long last) {
      this.first = first;
      this.last = last;
    }

    /// Lets the segments go. A second call, or one after the log was closed or failed, does
    /// nothing.
    @Override
    public void close() {
      dropLock.lock();
      try {
        if (pins.remove(this) && !closed && commit.isHealthy()) {
          dropSegments();
        }
      } finally {
        dropLock.unlock();
      }
    }
  }

  /// Gives the space of dropped segments back that are kept for reuse: for a log that rests.
  public void dropSpares() {
    dropLock.lock();
    try {
      if (closed) {
        throw new StorageException.Closed("the log was closed");
      }
      commit.requireHealthy();
      files.dropSpares();
    } finally {
      dropLock.unlock();
    }
  }

  private boolean isPinned(long number) {
    for (Pin pin : pins) {
      if (number >= pin.first && number <= pin.last) {
        return true;
      }
    }
    return false;
  }

  private void dropSegments() {
    try {
      for (long number : files.numbers()) {
        if (number < droppedBelow && !isPinned(number)) {
          reads.forget(number);
          files.drop(number);
        }
      }
    } catch (StorageException e) {
      // A name whose sync failed may come back after a crash; no other may be dropped after it.
      commit.fail(e);
      throw e;
    }
  }

  /// Makes the records behind a position void, durably, and waits for it: a truncation record is
  /// appended and synced, and whoever reads the log is told ([LogVisitor#truncated]). A truncation
  /// that has returned is never undone by a crash. Their space comes back with [#dropBefore].
  ///
  /// @param position of the last record to keep; 0 to keep none
  public void truncateAfter(long position) {
    commit.appendOwn(LogFormat.TRUNCATE, position);
  }

  /// What was counted since it was opened.
  public LogStats stats() {
    return commit.stats();
  }

  /// Makes everything durable, marks the end as clean, and gives files, memory and the thread back.
  /// A failed log closes without writing, and throws when neither a caller nor the listener was
  /// told of the failure. A second call does nothing.
  @Override
  public void close() {
    dropLock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      long lowest = 0;
      long end = -1;
      try {
        lowest = files.lowest();
      } catch (RuntimeException e) {
        commit.fail(e);
      }
      try {
        end = commit.close(lowest);
      } finally {
        reads.close();
        commit.release(end);
      }
      commit.requireTold();
    } finally {
      dropLock.unlock();
    }
  }
}
