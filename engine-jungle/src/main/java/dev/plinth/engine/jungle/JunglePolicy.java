package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
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
  /// @param busy numbers of tables that other work uses
  /// @param tight whether space must come back now
  MergeChoice choose(List<Level> levels, Set<Long> busy, boolean tight) {
    lastLevel = lastFilled(levels);
    MergeChoice choice = level0(levels, busy);
    if (choice == null && tight) {
      choice = mostGarbage(levels, busy, 1.05);
    }
    if (choice == null) {
      choice = overflow(levels, busy);
    }
    if (choice == null) {
      choice = garbage(levels, busy);
    }
    if (choice == null && tight) {
      choice = consolidate(levels, busy);
    }
    if (choice == null) {
      choice = reshape(levels, busy);
    }
    return choice == null ? new MergeChoice.Nothing() : choice;
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
    long share = options.spaceBytesMax() > 0 ? SPLIT_SHARE_LIMITED : SPLIT_SHARE;
    if (level < lastLevel) {
      share *= UPPER_SHARE;
    }
    return table.liveBytes() > (merging ? share - 1 : share) * options.tableBytes()
        && table.garbageBytes() > GARBAGE_BYTES_MIN;
  }

  private @Nullable MergeChoice level0(List<Level> levels, Set<Long> busy) {
    List<SortedRun> runs = levels.getFirst().runs();
    if (runs.isEmpty()) {
      return null;
    }
    for (TableMeta table : runs.getLast().tables()) {
      MergeChoice choice = down(levels, 0, table);
      if (isFree(choice, busy)) {
        return choice;
      }
    }
    return null;
  }

  private @Nullable MergeChoice overflow(List<Level> levels, Set<Long> busy) {
    MergeChoice best = null;
    double bestScore = 1;
    for (int i = 1; i + 1 < levels.size(); i++) {
      double going =
          levels.get(i).tables().stream()
              .filter(table -> busy.contains(table.number()))
              .mapToDouble(TableMeta::liveBytes)
              .sum();
      double score = (levels.get(i).liveBytes() - going) / limit(i);
      if (score > bestScore) {
        MergeChoice victim = victim(levels, i, busy);
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
  private @Nullable MergeChoice consolidate(List<Level> levels, Set<Long> busy) {
    for (int i = lastFilled(levels) - 1; i > 0; i--) {
      MergeChoice choice = victim(levels, i, busy);
      if (choice != null) {
        return choice;
      }
    }
    return null;
  }

  private @Nullable MergeChoice victim(List<Level> levels, int level, Set<Long> busy) {
    MergeChoice best = null;
    double bestValue = -1;
    for (TableMeta table : levels.get(level).tables()) {
      if (busy.contains(table.number())) {
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
      if (value > bestValue && isFree(choice, busy)) {
        best = choice;
        bestValue = value;
      }
    }
    return best;
  }

  private @Nullable MergeChoice garbage(List<Level> levels, Set<Long> busy) {
    TableMeta worst = null;
    int at = 0;
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        if (!busy.contains(table.number())
            && isGarbage(level.number(), table)
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
        return mostGarbage(levels, busy, 1.05);
      }
    }
    return null;
  }

  private boolean isGarbage(int level, TableMeta table) {
    return level > 0
        && table.garbageBytes() > GARBAGE_BYTES_MIN
        && table.spaceFactor() > spaceFactor(level);
  }

  private static @Nullable MergeChoice mostGarbage(
      List<Level> levels, Set<Long> busy, double least) {
    TableMeta worst = null;
    int at = 0;
    for (Level level : levels) {
      for (TableMeta table : level.tables()) {
        boolean counts =
            level.number() > 0
                && !busy.contains(table.number())
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
  private @Nullable MergeChoice reshape(List<Level> levels, Set<Long> busy) {
    for (Level level : levels.subList(1, levels.size())) {
      List<TableMeta> tables = level.tables();
      for (TableMeta table : tables) {
        if (isTooLarge(level.number(), table, false) && !busy.contains(table.number())) {
          return new MergeChoice.Rewrite(level.number(), List.of(table), "split");
        }
      }
      long fair = level.liveBytes() / options.tableBytes();
      if (!options.ascending() && tables.size() > TABLES_FREE + 4 * fair) {
        MergeChoice joined = join(level.number(), tables, busy);
        if (joined != null) {
          return joined;
        }
      }
    }
    return null;
  }

  private @Nullable MergeChoice join(int level, List<TableMeta> tables, Set<Long> busy) {
    int best = -1;
    long least = options.tableBytes();
    for (int i = 0; i + 1 < tables.size(); i++) {
      long both = tables.get(i).liveBytes() + tables.get(i + 1).liveBytes();
      if (both < least
          && !busy.contains(tables.get(i).number())
          && !busy.contains(tables.get(i + 1).number())) {
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

  private static boolean isFree(MergeChoice choice, Set<Long> busy) {
    return choice.tables().stream().noneMatch(table -> busy.contains(table.number()));
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
