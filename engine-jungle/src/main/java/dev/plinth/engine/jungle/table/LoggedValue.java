package dev.plinth.engine.jungle.table;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.tree.LogPlace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A copy of a value that the log has, checked. Used again and again; not thread-safe.
public final class LoggedValue {
  private static final int BYTES_MIN = 4096;

  /// More than this is not held between values.
  private static final int BYTES_HELD_MAX = 256 << 10;

  private MemorySegment buffer = MemorySegment.NULL;
  private int length;

  /// Copies a value.
  ///
  /// @param reference holds what stands for it, a [LogPlace]
  public void read(LogWriter log, MemorySegment reference, long offset) {
    int bytes = LogPlace.length(reference, offset);
    if (bytes > buffer.byteSize()) {
      buffer = Arena.ofAuto().allocate(Math.max(BYTES_MIN, bytes + (bytes >> 2)), 8);
    }
    length = 0;
    LogPlace.read(log, reference, offset, buffer);
    length = bytes;
  }

  /// The memory that holds the value, from 0 on.
  public MemorySegment segment() {
    return buffer;
  }

  /// How long the value is.
  public int length() {
    return length;
  }

  /// Forgets the value, and memory that few values need.
  public void clear() {
    length = 0;
    if (buffer.byteSize() > BYTES_HELD_MAX) {
      buffer = MemorySegment.NULL;
    }
  }
}
