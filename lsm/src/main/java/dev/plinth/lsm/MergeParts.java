package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Cuts a merge into ranges of keys with about as many bytes each, so that several threads can work
/// on it (subcompactions, as RocksDB calls them). Pure functions.
final class MergeParts {
  /// A range has about this many times the largest size of a table.
  private static final int TABLES = 8;

  /// It may have so few times that, where threads are idle otherwise.
  private static final int TABLES_MIN = 2;

  private static final int PARTS_MAX = 1024;

  private MergeParts() {}

  /// A key of an input table, and how many of its bytes lie in front of it and behind the anchor
  /// before.
  @SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
  record Anchor(byte[] key, long bytes) {}

  /// How many ranges are worth their while.
  ///
  /// @param threads how many may work on it
  static int count(long bytes, int threads, long tableBytesMax) {
    if (threads == 1) {
      return 1;
    }
    long few = Math.min(threads, bytes / (TABLES_MIN * tableBytesMax));
    return Math.clamp(Math.max(few, bytes / (TABLES * tableBytesMax)), 1, PARTS_MAX);
  }

  /// Ranges in the order of their keys, without gaps, that hold every key.
  ///
  /// @param anchors those of all input tables, in any order
  /// @param count how many ranges, at most
  static List<KeyBounds> cut(List<Anchor> anchors, int count) {
    List<Anchor> sorted = new ArrayList<>(anchors);
    sorted.sort(Comparator.comparing(Anchor::key, Arrays::compareUnsigned));
    long all = sorted.stream().mapToLong(Anchor::bytes).sum();
    List<KeyBounds> ranges = new ArrayList<>();
    byte[] from = KeyBounds.ALL.from();
    long before = 0;
    for (Anchor anchor : sorted) {
      before += anchor.bytes();
      boolean isFull = before >= (all / (double) count) * (ranges.size() + 1);
      if (isFull && before < all && Arrays.compareUnsigned(anchor.key(), from) > 0) {
        ranges.add(new KeyBounds(from, anchor.key()));
        from = anchor.key();
      }
    }
    ranges.add(new KeyBounds(from, null));
    return ranges;
  }
}
