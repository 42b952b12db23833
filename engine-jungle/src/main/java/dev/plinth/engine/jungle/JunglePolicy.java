package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides which table goes down, is compacted in place, split or joined. A pure function of the
/// levels; any thread may call it.
///
/// A level goes down while its live bytes exceed its limit; of its tables the one goes that brings
/// most bytes for each leaf that it makes the level below write. A table is compacted in place when
/// it uses more than C bytes for a live one, where C depends on the level, or when the whole store
/// is over its aim and the table has the largest share of garbage.
final class JunglePolicy {
  /// Garbage up to here does not count: what alignment costs a small table.
  private static final long GARBAGE_BYTES_MIN = 8 << 10;

  private static final int TABLES_FREE = 8;

  /// The least C at which compacting a table pays.
  private static final double LEAST_FACTOR = 1.05;

  /// Tables of levels that are not full go down from here on.
  private static final double CONSOLIDATE_TIGHT = 0.5;

  /// What appending to a table takes beside entries and leaves: the rest, rounded up to pages.
  private static final long APPEND_BYTES = 3 * 4096L;

  private static final long LEAF_BYTES = 4096;

  /// About what an entry takes in a leaf at most.
  private static final long LEAF_ENTRY_BYTES = 48;

  /// A table is split when its live bytes are this many times those of a new one: the fewer splits,
  /// the fewer bytes are written while a store grows.
  private static final int SPLIT_SHARE = 8;

  /// The same where a limit of the space asks for merges that need little room.
  private static final int SPLIT_SHARE_LIMITED = 3;

  /// So many times larger may one be above the last level.
  private static final int UPPER_SHARE = 4;

  private final JungleOptions options;
  private volatile int lastLevel = 1;

  JunglePolicy(JungleOptions options) {
    this.options = options;
  }

  /// C of a level now.
  double spaceFactor(int level) {
    return level >= lastLevel ? options.spaceFactorLast() : options.spaceFactorUpper();
  }

  /// How many live bytes a level may have. Where the first level stands in the log, the tables of
  /// level 1 are the second.
  double limit(int level) {
    int above = options.stageBytes() > 0 ? 1 : 0;
    return level == 0 ? 0 : options.levelBytes() * Math.pow(options.fanout(), level + above - 1.0);
  }

  /// Chooses what is due.
  ///
  /// @param room what may be taken
  /// @param tight how near the space is to its end, from 0 to 1: the nearer, the less garbage is
  ///   left alone
  MergeChoice choose(List<Level> levels, Room room, double tight) {
    lastLevel = lastFilled(levels);
    MergeChoice choice = level0(levels, room);
    if (choice == null && tight > 0) {
      choice = mostGarbage(levels, room, tightFactor(tight));
    }
    if (choice == null) {
      choice = overflow(levels, room);
    }
    if (choice == null) {
      choice = garbage(levels, room);
    }
    if (choice == null && tight > CONSOLIDATE_TIGHT) {
      choice = consolidate(levels, room);
    }
    if (choice == null) {
      choice = reshape(levels, room);
    }
    return choice == null ? new MergeChoice.Nothing() : choice;
  }

  /// C under a limit of the space: what the options say where there is room, next to 1 where there
  /// is none, and on a geometric scale between.
  private double tightFactor(double tight) {
    return LEAST_FACTOR * Math.pow(options.spaceFactorLast() / LEAST_FACTOR, 1 - tight);
  }

  /// Chooses the next step of rewriting all that holds keys of a range.
  ///
  /// @param before tables with this number or a higher one were written since it began
  MergeChoice whole(List<Level> levels, KeyBounds bounds, long before) {
    int deepest = lastFilled(levels);
    for (int i = 0; i < deepest; i++) {
      Level level = levels.get(i);
      for (SortedRun run : level.runs().reversed()) {
        for (TableMeta table : run.tables()) {
          if (table.bounds().overlaps(bounds)) {
            return down(levels, i, table);
          }
        }
      }
    }
    for (TableMeta table : levels.get(deepest).overlapping(bounds)) {
      boolean dirty =
          table.deletes() > 0
              || table.rangeDeletes() > 0
              || table.garbageBytes() > 2L * 4096 + table.liveBytes() / 50;
      if (table.number() < before && dirty) {
        return new MergeChoice.Rewrite(deepest, List.of(table), "compact");
      }
    }
    return new MergeChoice.Nothing();
  }

  /// Bytes that merges have yet to move.
  long debtBytes(List<Level> levels) {
    double debt = levels.getFirst().liveBytes();
    for (int i = 1; i + 1 < levels.size(); i++) {
      debt += Math.max(0, levels.get(i).liveBytes() - limit(i));
    }
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        if (isGarbage(level.number(), table)) {
          debt += table.liveBytes();
        }
      }
    }
    return (long) debt;
  }

  /// How much level 1 is over its limit: 1 is just full.
  double upperPressure(List<Level> levels) {
    return levels.get(1).liveBytes() / limit(1);
  }

  /// Whether a table is to be split by writing it anew. What was just written was cut where it
  /// could be, however large it is: one with a value of 64 MiB stays as it is. A table above the
  /// last level goes down before long and is split there.
  ///
  /// @param merging whether it is asked for by a merge into the table, which writes it anew a
  ///   little earlier than a split would, with the new entries in one pass
  boolean isTooLarge(int level, TableMeta table, boolean merging) {
    boolean limited = options.spaceBytesMax() > 0;
    long share = limited ? SPLIT_SHARE_LIMITED : SPLIT_SHARE;
    if (level < lastLevel && !limited) {
      share *= UPPER_SHARE;
    }
    return table.liveBytes() > (merging ? share - 1 : share) * options.tableBytes()
        && table.garbageBytes() > GARBAGE_BYTES_MIN;
  }

  /// Whether a table is written anew by a merge into it instead of appended to.
  ///
  /// @param growth about what would be appended, in bytes
  boolean isRewritten(int level, TableMeta target, long growth) {
    double allowed = spaceFactor(level) * (double) Math.max(target.liveBytes(), growth);
    boolean wasteful = target.garbageBytes() > 0 && target.bytes() + growth > allowed;
    return target.frozen() || wasteful || isTooLarge(level, target, true);
  }

  /// About how many bytes a choice writes at most. A merge appends its entries, the leaves that
  /// these change and what leads to them, or writes a table anew.
  long bytes(MergeChoice choice) {
    return switch (choice) {
      case MergeChoice.Nothing _, MergeChoice.Move _ -> 0;
      case MergeChoice.MergeDown down -> bytes(down);
      case MergeChoice.Rewrite rewrite ->
          rewrite.tables().stream().mapToLong(TableMeta::liveBytes).sum();
    };
  }

  private long bytes(MergeChoice.MergeDown down) {
    long growth = down.table().liveBytes() * 5 / 4;
    long bytes = growth;
    long leaves = 0;
    for (TableMeta target : down.targets()) {
      if (isRewritten(down.level() + 1, target, growth)) {
        bytes += target.liveBytes();
      } else {
        bytes += APPEND_BYTES;
        leaves += Math.min(target.liveBytes(), target.entries() * LEAF_ENTRY_BYTES);
      }
    }
    return bytes + Math.min(leaves, down.table().entries() * LEAF_BYTES);
  }

  private @Nullable MergeChoice level0(List<Level> levels, Room room) {
    List<SortedRun> runs = levels.getFirst().runs();
    if (runs.isEmpty()) {
      return null;
    }
    for (TableMeta table : runs.getLast().tables()) {
      MergeChoice choice = down(levels, 0, table);
      if (room.has(this, choice)) {
        return choice;
      }
    }
    return null;
  }

  private @Nullable MergeChoice overflow(List<Level> levels, Room room) {
    MergeChoice best = null;
    double bestScore = 1;
    for (int i = 1; i + 1 < levels.size(); i++) {
      double going =
          levels.get(i).tables().stream()
              .filter(table -> room.isBusy(table))
              .mapToDouble(TableMeta::liveBytes)
              .sum();
      double score = (levels.get(i).liveBytes() - going) / limit(i);
      if (score > bestScore) {
        MergeChoice victim = victim(levels, i, room);
        if (victim != null) {
          best = victim;
          bestScore = score;
        }
      }
    }
    return best;
  }

  /// Sends tables down from levels that are not full, since what they replace below is garbage
  /// then.
  private @Nullable MergeChoice consolidate(List<Level> levels, Room room) {
    for (int i = lastFilled(levels) - 1; i > 0; i--) {
      MergeChoice choice = victim(levels, i, room);
      if (choice != null) {
        return choice;
      }
    }
    return null;
  }

  private @Nullable MergeChoice victim(List<Level> levels, int level, Room room) {
    MergeChoice best = null;
    double bestValue = -1;
    for (TableMeta table : levels.get(level).tables()) {
      if (room.isBusy(table)) {
        continue;
      }
      MergeChoice choice = down(levels, level, table);
      double below = 0;
      for (TableMeta target : choice.tables()) {
        below += target.number() == table.number() ? 0 : target.liveBytes();
      }
      double value =
          below == 0
              ? Double.MAX_VALUE
              : table.liveBytes() / (below + (double) options.tableBytes());
      if (value > bestValue && room.has(this, choice)) {
        best = choice;
        bestValue = value;
      }
    }
    return best;
  }

  private @Nullable MergeChoice garbage(List<Level> levels, Room room) {
    TableMeta worst = null;
    int at = 0;
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        if (!room.isBusy(table)
            && isGarbage(level.number(), table)
            && room.has(table.liveBytes())
            && (worst == null || table.spaceFactor() > worst.spaceFactor())) {
          worst = table;
          at = level.number();
        }
      }
    }
    if (worst != null) {
      return new MergeChoice.Rewrite(at, List.of(worst), "garbage");
    }
    if (options.spaceTarget() > 0) {
      long used = levels.stream().mapToLong(Level::bytes).sum();
      long live = levels.stream().mapToLong(Level::liveBytes).sum();
      if (used > options.spaceTarget() * live) {
        return mostGarbage(levels, room, LEAST_FACTOR);
      }
    }
    return null;
  }

  private boolean isGarbage(int level, TableMeta table) {
    return level > 0
        && table.garbageBytes() > GARBAGE_BYTES_MIN
        && table.spaceFactor() > spaceFactor(level);
  }

  private static @Nullable MergeChoice mostGarbage(List<Level> levels, Room room, double least) {
    TableMeta worst = null;
    int at = 0;
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        boolean counts =
            level.number() > 0
                && !room.isBusy(table)
                && room.has(table.liveBytes())
                && table.garbageBytes() > GARBAGE_BYTES_MIN
                && table.spaceFactor() > least;
        if (counts && (worst == null || table.spaceFactor() > worst.spaceFactor())) {
          worst = table;
          at = level.number();
        }
      }
    }
    return worst == null ? null : new MergeChoice.Rewrite(at, List.of(worst), "space");
  }

  /// Splits large tables, joins small ones where there are too many.
  private @Nullable MergeChoice reshape(List<Level> levels, Room room) {
    for (Level level : levels.subList(1, levels.size())) {
      List<TableMeta> tables = level.tables();
      for (TableMeta table : tables) {
        if (isTooLarge(level.number(), table, false)
            && !room.isBusy(table)
            && room.has(table.liveBytes())) {
          return new MergeChoice.Rewrite(level.number(), List.of(table), "split");
        }
      }
      long fair = level.liveBytes() / options.tableBytes();
      if (!options.ascending() && tables.size() > TABLES_FREE + 4 * fair) {
        MergeChoice joined = join(level.number(), tables, room);
        if (joined != null) {
          return joined;
        }
      }
    }
    return null;
  }

  private @Nullable MergeChoice join(int level, List<TableMeta> tables, Room room) {
    int best = -1;
    long least = options.tableBytes();
    for (int i = 0; i + 1 < tables.size(); i++) {
      long both = tables.get(i).liveBytes() + tables.get(i + 1).liveBytes();
      if (both < least
          && room.has(both)
          && !room.isBusy(tables.get(i))
          && !room.isBusy(tables.get(i + 1))) {
        best = i;
        least = both;
      }
    }
    return best < 0 ? null : new MergeChoice.Rewrite(level, tables.subList(best, best + 2), "join");
  }

  private static MergeChoice down(List<Level> levels, int level, TableMeta table) {
    List<TableMeta> targets =
        levels.get(level + 1).overlapping(table.bounds()).stream()
            .sorted(Comparator.comparing(t -> t.bounds().from(), java.util.Arrays::compareUnsigned))
            .toList();
    return targets.isEmpty()
        ? new MergeChoice.Move(level, table)
        : new MergeChoice.MergeDown(level, table, targets);
  }

  private static int lastFilled(List<Level> levels) {
    for (int i = levels.size() - 1; i > 1; i--) {
      if (!levels.get(i).runs().isEmpty()) {
        return i;
      }
    }
    return 1;
  }
}
