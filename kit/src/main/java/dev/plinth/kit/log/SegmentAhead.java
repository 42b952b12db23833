package dev.plinth.kit.log;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One segment that a thread of [SegmentsAhead] reads and checks while the log's reader shows the
/// records before it. What the two share is guarded by the lock of the former; the rest belongs to
/// the log's reader.
final class SegmentAhead implements SegmentRecords {
  private final SegmentsAhead owner;

  /// Good records that were handed over and not taken yet.
  private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();

  private @Nullable SegmentScan scan;
  private @Nullable Throwable failure;
  private boolean ended;

  /// Whether the log's reader is done with it.
  private boolean left;

  private @Nullable Chunk chunk;
  private long at;
  private long next = LogFormat.HEADER_BYTES;
  private int kind;
  private int length;
  private long first;
  private long second;

  /// Whole records one behind the other.
  ///
  /// @param memory holds them
  /// @param readOnly the same, to be shown
  /// @param start where in the file the memory begins
  /// @param end where in the file the last of them ends
  /// @param windows gets the memory back; null when it is to be left alone
  private record Chunk(
      MemorySegment memory,
      MemorySegment readOnly,
      long start,
      long end,
      SegmentsAhead.@Nullable Windows windows) {}

  SegmentAhead(SegmentsAhead owner) {
    this.owner = owner;
  }

  /// Says that the file is open and has a good header. By the thread that reads ahead.
  void opened(SegmentScan opened) {
    owner.lock.lock();
    try {
      scan = opened;
      owner.changed.signalAll();
    } finally {
      owner.lock.unlock();
    }
  }

  /// Hands records over. By the thread that reads ahead.
  ///
  /// @param windows gets the memory back when they were taken; null to leave it alone
  void offer(MemorySegment memory, long start, long end, SegmentsAhead.@Nullable Windows windows) {
    owner.lock.lock();
    try {
      chunks.add(new Chunk(memory, memory.asReadOnly(), start, end, windows));
      owner.changed.signalAll();
    } finally {
      owner.lock.unlock();
    }
  }

  /// Says that nothing more comes. By the thread that reads ahead, which does not touch the segment
  /// any more.
  ///
  /// @param cause why; null when the segment was read to its end
  void end(@Nullable Throwable cause) {
    SegmentScan unused;
    owner.lock.lock();
    try {
      failure = cause;
      ended = true;
      unused = left ? scan : null;
      owner.changed.signalAll();
    } finally {
      owner.lock.unlock();
    }
    if (unused != null) {
      unused.close();
    }
  }

  @Override
  public SegmentHeader header() {
    return scan().header();
  }

  @Override
  public SegmentScan scan() {
    owner.lock.lock();
    try {
      while (scan == null && !ended) {
        owner.changed.awaitUninterruptibly();
      }
      if (scan == null) {
        throwFailure();
      }
      return Objects.requireNonNull(scan);
    } finally {
      owner.lock.unlock();
    }
  }

  private void throwFailure() {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }

  @Override
  public boolean next() {
    Chunk current = chunk;
    if (current == null || next == current.end()) {
      current = take();
      if (current == null) {
        return false;
      }
    }
    MemorySegment memory = current.memory();
    long end = current.end() - current.start();
    at = next;
    long field = at - current.start();
    kind = memory.get(Layouts.BYTE, field + LogFormat.KIND_OFFSET) & 0xff;
    field += LogFormat.LENGTH_OFFSET;
    length = Varint.getInt(memory, field, end);
    field += Varint.size(length);
    first = Varint.get(memory, field, end);
    field += Varint.size(first);
    second = Varint.get(memory, field, end);
    next = at + LogFormat.recordBytes(length, first, second);
    return true;
  }

  /// Gives the memory of the records shown back and takes the next ones, in the order of the file.
  ///
  /// @return null when there are no more
  private @Nullable Chunk take() {
    owner.lock.lock();
    try {
      giveBack();
      while (chunks.isEmpty() && !ended) {
        owner.changed.awaitUninterruptibly();
      }
      chunk = chunks.poll();
      if (chunk == null) {
        throwFailure();
      }
      return chunk;
    } finally {
      owner.lock.unlock();
    }
  }

  private void giveBack() {
    Chunk shown = chunk;
    if (shown != null && shown.windows() != null) {
      shown.windows().giveBack(shown.memory());
    }
    chunk = null;
  }

  @Override
  public long offset() {
    return at;
  }

  @Override
  public int kind() {
    return kind;
  }

  @Override
  public long first() {
    return first;
  }

  @Override
  public long second() {
    return second;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public MemorySegment memory() {
    return Objects.requireNonNull(chunk).readOnly();
  }

  @Override
  public long bodyOffset() {
    return next - length - Objects.requireNonNull(chunk).start();
  }

  /// Closes the file; while it is still read ahead, its reader does.
  @Override
  public void close() {
    SegmentScan unused = null;
    owner.lock.lock();
    try {
      left = true;
      giveBack();
      unused = ended ? scan : null;
    } finally {
      owner.lock.unlock();
    }
    if (unused != null) {
      unused.close();
    }
  }
}
