package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.table.Table;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// Estimates how many bytes on disk hold the keys of a range.
final class ByteEstimate {
  private ByteEstimate() {}

  static long of(Tree tree, KeyRange range) {
    tree.leases.requireOpen();
    if (range.isEmpty()) {
      return 0;
    }
    byte[] from = range.from();
    KeyBounds bounds = new KeyBounds(from == null ? new byte[0] : from, range.to());
    Version version = tree.versions.current();
    try {
      long bytes = 0;
      for (TableHandle handle : version.handles()) {
        KeyBounds own = handle.meta().bounds();
        if (bounds.contains(own)) {
          bytes += handle.meta().weight();
        } else if (bounds.overlaps(own)) {
          // Values in blob files are taken to be spread as the entries are.
          double weight = handle.meta().weight() / (double) handle.meta().bytes();
          bytes += (long) (part(handle.table(), bounds) * weight);
        }
      }
      return bytes;
    } finally {
      version.release();
    }
  }

  private static long part(Table table, KeyBounds bounds) {
    byte[] limit = bounds.limit();
    long end = limit == null ? table.bytes() : offset(table, limit);
    return Math.max(0, end - offset(table, bounds.from()));
  }

  private static long offset(Table table, byte[] key) {
    return key.length == 0 ? 0 : table.approximateOffset(MemorySegment.ofArray(key), 0, key.length);
  }
}
