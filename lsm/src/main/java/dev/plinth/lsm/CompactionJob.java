package dev.plinth.lsm;

/// A compaction with what it rewrites of blob files.
///
/// @param rewritten the numbers, in ascending order, of the blob files whose values go to new ones
/// @param bytes what it writes at most
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
record CompactionJob(CompactionChoice choice, long[] rewritten, long bytes) {
  /// A job with the room it needs.
  static CompactionJob of(CompactionChoice choice, long... rewritten) {
    long bytes = 0;
    if (choice instanceof CompactionChoice.Merge merge) {
      for (TableMeta table : merge.tables()) {
        bytes += table.bytes() + BlobGarbage.bytesIn(table, rewritten);
      }
    }
    return new CompactionJob(choice, rewritten, bytes);
  }

  /// Whether there is nothing to do.
  boolean isNothing() {
    return choice instanceof CompactionChoice.Nothing;
  }
}
