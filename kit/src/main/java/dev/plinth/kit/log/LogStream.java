package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where records go: lays them into buffers, one segment after the other. All of it is guarded by
/// the log's lock; it does no input or output.
///
/// Invariants: buffers are pending in the order of their positions, at most one is being written
/// (the first); a buffer has records of one segment only; each has room for the log's own records
/// at its end.
final class LogStream {
  private static final int BUFFERS = 2;
  private static final int OWN_ROOM = 2 * LogFormat.OWN_BYTES_MAX;

  private final LogOptions options;
  private final SegmentFiles files;
  private final Crc32c crc = new Crc32c();
  private final ArrayDeque<LogBuffer> pending = new ArrayDeque<>();
  private final ArrayDeque<LogBuffer> free = new ArrayDeque<>();
  private @Nullable LogBuffer active;
  private @Nullable NextSegment next;

  private long number;
  private long seed;
  private long offset;
  private boolean hasRecords;
  private long watermarkLogged;

  LogStream(LogOptions options, SegmentFiles files, SegmentFile first) {
    this.options = options;
    this.files = files;
    this.number = first.number();
    this.seed = first.seed();
    this.offset = first.start();
    this.watermarkLogged = offset == LogFormat.HEADER_BYTES ? 0 : end();
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new LogBuffer(options.bufferBytes()));
    }
  }

  /// Where the next record goes, unless it rolls.
  long end() {
    return LogFormat.position(number, offset);
  }

  boolean isEmpty() {
    return active == null && pending.isEmpty();
  }

  /// Makes room for a record; rolls to the next segment when this one is full.
  ///
  /// @param synced everything below this position is durable
  /// @return whether there is room now; if not, something must be written first
  boolean reserve(long size, long synced) {
    if (hasRecords && offset + size + OWN_ROOM > options.segmentBytes() && !roll(synced)) {
      return false;
    }
    LogBuffer buffer = active;
    if (buffer != null && buffer.used() + size + OWN_ROOM > buffer.bytes()) {
      seal();
    }
    return active != null || begin(size, synced);
  }

  /// Makes room for the mark of a closed log, which never begins a segment: nothing that is not
  /// synced yet may stand before it.
  boolean reserveMark(long synced) {
    return active != null || begin(0, synced);
  }

  /// Begins a buffer, with a watermark at its head when the durable position has moved.
  private boolean begin(long size, long synced) {
    LogBuffer buffer;
    if (size + OWN_ROOM > options.bufferBytes()) {
      if (!pending.isEmpty()) {
        return false;
      }
      buffer = new LogBuffer(size + OWN_ROOM);
    } else {
      buffer = free.poll();
      if (buffer == null) {
        return false;
      }
    }
    buffer.begin(number, offset);
    active = buffer;
    if (synced > watermarkLogged || offset == LogFormat.HEADER_BYTES) {
      putOwn(buffer, LogFormat.WATERMARK, synced, 0);
      watermarkLogged = synced;
    }
    return true;
  }

  private boolean roll(long synced) {
    if (active == null && !begin(0, synced)) {
      return false;
    }
    LogBuffer buffer = Objects.requireNonNull(active);
    NextSegment following = next == null ? new NextSegment(files, number + 1, number) : next;
    next = null;
    putOwn(buffer, LogFormat.END, following.number(), 0);
    buffer.endsBefore(following);
    seal();
    number = following.number();
    seed = following.seed();
    offset = LogFormat.HEADER_BYTES;
    hasRecords = false;
    return true;
  }

  /// The following segment, to be made ahead; null when it was begun already, or it is too early.
  @Nullable NextSegment nextDue() {
    if (next != null || offset < options.segmentBytes() / 2) {
      return null;
    }
    NextSegment following = new NextSegment(files, number + 1, number);
    next = following;
    return following;
  }

  /// Ends the making of segments that are not in use yet.
  ///
  /// @param drops whether to drop their files
  void abandonNext(boolean drops) {
    for (LogBuffer buffer : pending) {
      NextSegment following = buffer.next();
      if (following != null) {
        following.abandon(false);
      }
    }
    if (next != null) {
      next.abandon(drops);
    }
  }

  /// Appends a record for which there is room.
  ///
  /// @return its position
  long put(
      int kind,
      long first,
      long second,
      MemorySegment a,
      long aOffset,
      int aLength,
      MemorySegment b,
      long bOffset,
      int bLength) {
    LogBuffer buffer = Objects.requireNonNull(active);
    MemorySegment memory = buffer.memory();
    long at = buffer.used();
    long body = LogFormat.putPrefix(memory, at, kind, aLength + bLength, first, second);
    MemorySegment.copy(a, aOffset, memory, body, aLength);
    if (bLength > 0) {
      MemorySegment.copy(b, bOffset, memory, body + aLength, bLength);
    }
    hasRecords = true;
    return finish(buffer, at, body + aLength + bLength);
  }

  /// Appends one of the log's own records for which there is room.
  long putOwn(int kind, long first, long second) {
    LogBuffer buffer = Objects.requireNonNull(active);
    hasRecords = true;
    return putOwn(buffer, kind, first, second);
  }

  private long putOwn(LogBuffer buffer, int kind, long first, long second) {
    long at = buffer.used();
    return finish(buffer, at, LogFormat.putPrefix(buffer.memory(), at, kind, 0, first, second));
  }

  private long finish(LogBuffer buffer, long at, long end) {
    LogFormat.putCrc(buffer.memory(), at, end, seed, offset, crc);
    long position = LogFormat.position(number, offset);
    buffer.use(end - at);
    offset += end - at;
    return position;
  }

  /// Queues what was appended for writing.
  void seal() {
    LogBuffer buffer = active;
    if (buffer != null) {
      pending.add(buffer);
      active = null;
    }
  }

  /// How many buffers wait to be written.
  int pendingCount() {
    return pending.size();
  }

  /// The first buffer to be written.
  LogBuffer firstPending() {
    return pending.getFirst();
  }

  /// Takes the first pending buffer out, which was written.
  void written() {
    LogBuffer buffer = pending.removeFirst();
    if (buffer.bytes() == options.bufferBytes()) {
      free.add(buffer);
    } else {
      buffer.free();
    }
  }

  /// The buffer that holds a position, or null.
  @Nullable LogBuffer find(long position) {
    LogBuffer current = active;
    if (current != null && current.holds(position)) {
      return current;
    }
    for (LogBuffer buffer : pending) {
      if (buffer.holds(position)) {
        return buffer;
      }
    }
    return null;
  }

  /// Frees all memory.
  void free() {
    seal();
    pending.forEach(LogBuffer::free);
    pending.clear();
    free.forEach(LogBuffer::free);
    free.clear();
  }
}
