package dev.plinth.kit.log;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The segments that are open for writing: the current one, and full ones that no sync covers yet.
/// The holder of the write role writes, the holder of the sync role syncs; what they share is
/// guarded by the log's lock.
final class WrittenSegments {
  /// Writes up to this part of the zeros written ahead are small: those are worth it.
  private static final long PREFILL_SHARE = 8;

  private final ReentrantLock lock;
  private final LogOptions options;
  private final LongAdder prefilled = new LongAdder();
  private final ArrayDeque<SegmentFile> full = new ArrayDeque<>();
  private SegmentFile current;

  /// What the sync under way covers.
  private int coveredFull;

  private @Nullable SegmentFile coveredCurrent;

  WrittenSegments(ReentrantLock lock, LogOptions options, SegmentFile first) {
    this.lock = lock;
    this.options = options;
    this.current = first;
  }

  /// The segment that is being written. Read by the writer, or with the lock held.
  SegmentFile current() {
    return current;
  }

  long prefilledBytes() {
    return prefilled.sum();
  }

  /// Whether syncs that cover so many bytes each gain from zeros written ahead.
  boolean isSmall(long bytes) {
    return bytes <= options.prefillBytes() / PREFILL_SHARE;
  }

  /// Writes a buffer. By the writer.
  ///
  /// @param syncs whether a sync follows
  /// @return the following segment when this one is full, else null
  @Nullable SegmentFile write(LogBuffer buffer, boolean syncs) {
    NextSegment next = buffer.next();
    SegmentFile following = next == null ? null : next.take();
    long end = buffer.start() + buffer.used();
    current.write(buffer);
    if (syncs && next == null && isSmall(buffer.used()) && current.isFull(end)) {
      prefilled.add(current.fill(options.prefillBytes(), options.segmentBytes()));
    }
    return following;
  }

  /// Notes that a write has ended. By the writer, with the lock held: a sync that began before does
  /// not count for it.
  void written(@Nullable SegmentFile following) {
    current.dirty = true;
    if (following != null) {
      full.add(current);
      current = following;
    }
  }

  /// Notes what the coming sync covers: all writes that have ended. By the syncer, with the lock
  /// held.
  void cover() {
    coveredFull = full.size();
    coveredCurrent = current.dirty ? current : null;
    current.dirty = false;
  }

  /// Syncs what was covered, the oldest first. By the syncer, without the lock.
  void sync() {
    for (int i = 0; i < coveredFull; i++) {
      syncOldest();
    }
    if (coveredCurrent != null) {
      coveredCurrent.sync();
    }
  }

  private void syncOldest() {
    SegmentFile oldest;
    lock.lock();
    try {
      oldest = full.getFirst();
    } finally {
      lock.unlock();
    }
    oldest.sync();
    lock.lock();
    try {
      full.removeFirst();
    } finally {
      lock.unlock();
    }
    oldest.close();
  }

  /// Closes all files; nobody writes or syncs any more.
  void close() {
    current.close();
    full.forEach(SegmentFile::close);
  }
}
