package dev.plinth.kit.log;

import dev.plinth.kit.memory.HugeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Native memory that holds consecutive records of one segment until they are written. Guarded by
/// the log's lock while it is filled; nobody changes it while it is written.
final class LogBuffer {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private long number;
  private long start;
  private long used;
  private @Nullable NextSegment next;

  LogBuffer(long bytes) {
    memory = HugeMemory.untouched(bytes, arena);
  }

  void begin(long segmentNumber, long offset) {
    number = segmentNumber;
    start = offset;
    used = 0;
    next = null;
  }

  MemorySegment memory() {
    return memory;
  }

  long bytes() {
    return memory.byteSize();
  }

  long number() {
    return number;
  }

  /// Where in the segment its first byte belongs.
  long start() {
    return start;
  }

  long used() {
    return used;
  }

  void use(long bytes) {
    used += bytes;
  }

  /// The segment that follows, when this buffer holds the end of its own.
  @Nullable NextSegment next() {
    return next;
  }

  void endsBefore(NextSegment following) {
    next = following;
  }

  /// The position behind its last record.
  long end() {
    NextSegment following = next;
    return following == null
        ? LogFormat.position(number, start + used)
        : LogFormat.position(following.number(), LogFormat.HEADER_BYTES);
  }

  boolean holds(long position) {
    long offset = LogFormat.offset(position);
    return LogFormat.number(position) == number && offset >= start && offset < start + used;
  }

  void free() {
    arena.close();
  }
}
