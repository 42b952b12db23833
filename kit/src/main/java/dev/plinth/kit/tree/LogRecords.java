package dev.plinth.kit.tree;

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
public final class LogRecords {
  /// A batch: its operations, as a [dev.plinth.spi.WriteBatch] has them.
  public static final int BATCH = 1;

  /// A batch behind the group and index that it applies.
  public static final int APPLIED_BATCH = 2;

  /// How many bytes group and index take.
  public static final int APPLIED_BYTES = 16;

  private LogRecords() {}

  /// Writes group and index.
  public static void putApplied(MemorySegment target, long group, long index) {
    target.set(Layouts.LONG, 0, group);
    target.set(Layouts.LONG, 8, index);
  }

  /// The group of a record.
  public static long group(MemorySegment segment, long offset) {
    return segment.get(Layouts.LONG, offset);
  }

  /// The index that a record applies.
  public static long index(MemorySegment segment, long offset) {
    return segment.get(Layouts.LONG, offset + 8);
  }
}
