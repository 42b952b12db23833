package dev.plinth.kit.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The segments of a log, read and checked by a few threads side by side, so that the one who shows
/// their records in order need neither wait for the disk nor compute checksums.
///
/// Bounded: each thread has one segment at a time and three windows of memory, so it gets at most
/// three ahead of what is shown (small ones), and a long segment two windows ahead. No deadlock:
/// threads take the segments in order and each thread's windows were last used for segments before
/// its present one, so the segment that is shown always goes on.
final class SegmentsAhead implements AutoCloseable {
  private static final int WINDOWS = 3;

  final ReentrantLock lock = new ReentrantLock();

  /// Something was handed over, given back or ended.
  final Condition changed = lock.newCondition();

  private final List<Long> numbers;
  private final Opener opener;
  private final List<SegmentAhead> segments = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private int claimed;
  private boolean closed;

  /// Opens a segment.
  interface Opener {
    /// Opens one.
    ///
    /// @param windows where its memory comes from
    SegmentScan open(long number, SegmentScan.Windows windows);
  }

  /// Thrown in a thread that reads ahead when nobody wants it any more.
  private static final class Unwanted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unwanted() {
      super(null, null, false, false);
    }
  }

  /// Begins to read.
  ///
  /// @param threadCount how many threads
  /// @param numbers of the segments, ascending
  SegmentsAhead(int threadCount, List<Long> numbers, Opener opener) {
    this.numbers = List.copyOf(numbers);
    this.opener = opener;
    numbers.forEach(_ -> segments.add(new SegmentAhead(this)));
    for (int i = 0; i < Math.min(threadCount, numbers.size()); i++) {
      threads.add(
          Thread.ofPlatform().daemon().name("plinth-log-recovery-" + i).start(this::readSegments));
    }
  }

  /// The segment of an index, whose records are to be shown before those of the next one.
  SegmentAhead segment(int index) {
    return segments.get(index);
  }

  private void readSegments() {
    Windows windows = new Windows();
    int index = claim();
    while (index >= 0) {
      SegmentAhead segment = segments.get(index);
      windows.target = segment;
      Throwable failure = null;
      try {
        read(numbers.get(index), segment, windows);
      } catch (Throwable t) {
        failure = t;
      }
      segment.end(failure);
      index = failure == null ? claim() : -1;
    }
  }

  /// @return the index of the next segment to read; -1 when there is none
  private int claim() {
    lock.lock();
    try {
      return closed || claimed == numbers.size() ? -1 : claimed++;
    } finally {
      lock.unlock();
    }
  }

  private void read(long number, SegmentAhead segment, Windows windows) {
    SegmentScan scan = opener.open(number, windows);
    segment.opened(scan);
    boolean more = true;
    while (more && scan.next()) {
      more = scan.kind() != LogFormat.END;
    }
    // What follows the last good record is searched in this memory, should the log end here.
    scan.handOver(segment, more ? null : windows);
  }

  /// The memory of one thread; guarded by the lock.
  final class Windows implements SegmentScan.Windows {
    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private int count;
    private @Nullable SegmentAhead target;

    @Override
    public MemorySegment next(
        @Nullable MemorySegment window, long start, long from, long to, long bytes) {
      lock.lock();
      try {
        SegmentAhead segment = target;
        if (window != null && segment != null && from < to) {
          segment.offer(window, start, to, this);
        } else if (window != null) {
          free.push(window);
        }
        return take(bytes);
      } finally {
        lock.unlock();
      }
    }

    private MemorySegment take(long bytes) {
      while (free.isEmpty() && count == WINDOWS) {
        if (closed) {
          throw new Unwanted();
        }
        changed.awaitUninterruptibly();
      }
      if (closed) {
        throw new Unwanted();
      }
      MemorySegment window = free.poll();
      if (window == null) {
        count++;
      }
      return window != null && window.byteSize() >= bytes ? window : arena.allocate(bytes);
    }

    /// Takes memory whose records were shown. The lock is held.
    void giveBack(MemorySegment window) {
      free.push(window);
      changed.signalAll();
    }
  }

  /// Ends the threads and closes what they have open.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    segments.forEach(SegmentAhead::close);
    arena.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
