package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstones;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Finds tables that can go without being read: a newer deleted range lies over all of their keys,
/// and no snapshot sees behind it.
final class CoveredTables {
  private CoveredTables() {}

  /// The tables of a version that are covered and not in use.
  static List<TableMeta> find(Version version, long[] snapshots, Set<Long> busy) {
    RangeTombstones ranges = version.tombstones();
    List<TableMeta> covered = new ArrayList<>();
    for (Level level : version.levels()) {
      for (TableMeta table : level.tables()) {
        if (!busy.contains(table.number()) && isCovered(table, ranges, snapshots)) {
          covered.add(table);
        }
      }
    }
    return covered;
  }

  private static boolean isCovered(TableMeta table, RangeTombstones ranges, long[] snapshots) {
    byte[] from = table.bounds().from();
    byte[] limit = table.bounds().limit();
    int fragment = ranges.locate(MemorySegment.ofArray(from), 0, from.length);
    while (fragment >= 0 && fragment < ranges.fragments()) {
      if (!hides(ranges.sequences(fragment), table, snapshots)) {
        return false;
      }
      if (!ranges.hasEnd(fragment)) {
        return true;
      }
      if (limit != null && KeyBounds.compareLimits(limit, ranges.bound(fragment + 1)) <= 0) {
        return true;
      }
      fragment++;
    }
    return false;
  }

  /// Whether one of the numbers is above all of a table's, with no snapshot below it.
  private static boolean hides(long[] sequences, TableMeta table, long[] snapshots) {
    for (long sequence : sequences) {
      if (sequence > table.sequenceMax() && (snapshots.length == 0 || snapshots[0] >= sequence)) {
        return true;
      }
    }
    return false;
  }
}
