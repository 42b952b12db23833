package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Decides which values in blob files are rewritten so that their files can go: a pure function of
/// the tree.
///
/// A file whose garbage is more than the allowed share is a victim when all files together have
/// more than that share, the worst first, until a quarter less is left: so there is always one, and
/// what is left alive of it is little. The tables that refer to it are merged alone, where they are
/// and a few neighbours at a time, and take its values to new files; it goes with the last of them.
/// A merge that is made anyway takes values of such files along.
final class BlobGarbage {
  /// What is collected at once goes this much below the limit.
  private static final double REST = 0.75;

  /// A merge takes at least this share of a table's largest size along, so that blob files are not
  /// small.
  private static final int TAKEN_SHARE = 8;

  /// A collection rewrites about this many times the largest size of a table.
  private static final int TABLES = 4;

  private static final long[] NONE = {};

  private BlobGarbage() {}

  /// Whether there is more garbage than there may be.
  ///
  /// @param garbageMax the share of all blob files that may be garbage
  static boolean isDue(Blobs blobs, double garbageMax) {
    return excessBytes(blobs, garbageMax) > 0;
  }

  /// How many bytes of garbage there are beyond what there may be.
  static long excessBytes(Blobs blobs, double garbageMax) {
    return Math.max(0, blobs.garbageBytes() - (long) (garbageMax * blobs.recordBytes()));
  }

  /// The numbers of the blob files that are to go when that is due, in ascending order.
  ///
  /// @param room how many bytes there are to write to before anything is given back
  static long[] victims(Blobs blobs, double garbageMax, long room) {
    return worst(blobs, stale(blobs, garbageMax), REST * garbageMax, room);
  }

  /// The numbers of the blob files that have garbage and to which only tables in a range refer, in
  /// ascending order, as far as there is room.
  static long[] all(Blobs blobs, List<Level> levels, KeyBounds bounds, long room) {
    Set<Long> outside = new HashSet<>();
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        if (!table.bounds().overlaps(bounds)) {
          table.blobs().forEach(share -> outside.add(share.blob()));
        }
      }
    }
    List<Blobs.Use> stale =
        stale(blobs, 0).stream().filter(use -> !outside.contains(use.meta().number())).toList();
    return worst(blobs, stale, -1, room);
  }

  /// What of blob files that should go soon a merge takes along, in ascending order.
  static long[] along(Blobs blobs, List<TableMeta> tables, double garbageMax, long tableBytesMax) {
    long[] stale =
        stale(blobs, garbageMax).stream().mapToLong(use -> use.meta().number()).sorted().toArray();
    long taken = tables.stream().mapToLong(table -> bytesIn(table, stale)).sum();
    return taken < tableBytesMax / TAKEN_SHARE ? NONE : stale;
  }

  /// A merge of neighbours in a run that refer to victims, from the lowest level up: what lies
  /// above is merged soon anyway.
  ///
  /// @param bounds only tables that overlap these
  /// @return [CompactionChoice.Nothing] when there is no idle one
  static CompactionChoice collect(
      List<Level> levels, long[] victims, KeyBounds bounds, Set<Long> busy, long tableBytesMax) {
    if (victims.length == 0) {
      return new CompactionChoice.Nothing();
    }
    for (Level level : levels.reversed()) {
      for (SortedRun run : level.runs()) {
        List<TableMeta> some = neighbours(run, victims, bounds, busy, TABLES * tableBytesMax);
        if (!some.isEmpty()) {
          return new CompactionChoice.Merge(
              List.of(new SortedRun(run.id(), some)),
              level.number(),
              run.id(),
              tableBytesMax,
              "blobs");
        }
      }
    }
    return new CompactionChoice.Nothing();
  }

  /// How many bytes of records a table refers to in files of these numbers, which ascend.
  static long bytesIn(TableMeta table, long[] numbers) {
    long bytes = 0;
    for (BlobShare share : table.blobs()) {
      if (Arrays.binarySearch(numbers, share.blob()) >= 0) {
        bytes += share.bytes();
      }
    }
    return bytes;
  }

  private static List<TableMeta> neighbours(
      SortedRun run, long[] victims, KeyBounds bounds, Set<Long> busy, long bytesMax) {
    List<TableMeta> some = new ArrayList<>();
    long bytes = 0;
    for (TableMeta table : run.tables()) {
      long taken = bytesIn(table, victims);
      boolean fits = taken > 0 && !busy.contains(table.number()) && table.bounds().overlaps(bounds);
      if (fits && bytes < bytesMax) {
        some.add(table);
        bytes += table.bytes() + taken;
      } else if (!some.isEmpty()) {
        break;
      }
    }
    return some;
  }

  /// The files with a larger share of garbage, the worst first.
  private static List<Blobs.Use> stale(Blobs blobs, double garbageMax) {
    return blobs.uses().stream()
        .filter(use -> use.garbageShare() > garbageMax)
        .sorted(Comparator.comparingDouble(Blobs.Use::garbageShare).reversed())
        .toList();
  }

  /// The first files until the share of garbage is down to a rest.
  private static long[] worst(Blobs blobs, List<Blobs.Use> stale, double rest, long room) {
    List<Long> some = new ArrayList<>();
    long bytes = blobs.recordBytes();
    long garbage = blobs.garbageBytes();
    long written = 0;
    for (Blobs.Use use : stale) {
      written += use.meta().recordBytes() - use.garbageBytes();
      if (!some.isEmpty() && (garbage <= rest * bytes || written > room)) {
        break;
      }
      some.add(use.meta().number());
      garbage -= use.garbageBytes();
      bytes -= use.garbageBytes();
    }
    return some.stream().mapToLong(Long::longValue).sorted().toArray();
  }
}
