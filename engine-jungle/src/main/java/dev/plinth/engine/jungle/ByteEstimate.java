package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.spi.KeyRange;

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
    byte[] limit = bounds.limit();
    Version version = tree.versions.current();
    try {
      long bytes = 0;
      for (TableHandle handle : version.handles()) {
        TableMeta meta = handle.meta();
        if (bounds.contains(meta.bounds())) {
          bytes += meta.bytes();
        } else if (bounds.overlaps(meta.bounds())) {
          long part =
              handle.table().bytesBetween(bounds.from(), limit == null ? new byte[0] : limit);
          bytes += Math.min(meta.bytes(), (long) (part * meta.spaceFactor()));
        }
      }
      return bytes;
    } finally {
      version.release();
    }
  }
}
