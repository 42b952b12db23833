package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;

/// The records of the tree's log. The log's own framing has checksums and lengths; its first number
/// is the sequence number of the batch's first operation. These bytes are on disks: version 1.
///
/// ```
/// type 1, a batch                    type 2, a batch that carries an applied index
/// +------------------------+         +-------+-------+------------------------+
/// | operations, WriteBatch |         | group | index | operations, WriteBatch |
/// +------------------------+         +-------+-------+------------------------+
///                                        8       8     little-endian numbers
/// ```
final class LogRecords {
  static final int BATCH = 1;
  static final int APPLIED_BATCH = 2;
  static final int APPLIED_BYTES = 16;

  private LogRecords() {}

  static void putApplied(MemorySegment target, long group, long index) {
    target.set(Layouts.LONG, 0, group);
    target.set(Layouts.LONG, 8, index);
  }

  static long group(MemorySegment segment, long offset) {
    return segment.get(Layouts.LONG, offset);
  }

  static long index(MemorySegment segment, long offset) {
    return segment.get(Layouts.LONG, offset + 8);
  }
}
