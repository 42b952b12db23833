package dev.plinth.engine.tiered;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.CompactionChoice;
import dev.plinth.lsm.CompactionPolicy;
import dev.plinth.lsm.Level;
import dev.plinth.lsm.SortedRun;
import dev.plinth.lsm.TableMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Tiered ("universal") compaction: runs in the order of time, and only neighbours are merged.
///
/// In this order of precedence: when all newer runs together outgrow the oldest one by more than
/// the space target allows, everything is merged; when neighbours, from the newest on, are of like
/// size, they are; when there are too many runs, the cheapest neighbours are.
///
/// @param runsTrigger how many runs there may be before anything is merged
/// @param runsStop how many there are when writers are slowed to a crawl
/// @param mergeRunsMin how many runs a merge takes at least
/// @param sizeRatioPercent a run joins a merge when it is not larger than the newer ones in it,
///   plus this
/// @param spaceAmplificationPercent how many bytes newer runs may have per 100 bytes of the oldest
/// @param spaceRunsMin how many runs there must be before space is looked at; 2 where it is an aim
/// @param tableBytesMax how large a table may grow
public record TieredPolicy(
    int runsTrigger,
    int runsStop,
    int mergeRunsMin,
    double sizeRatioPercent,
    double spaceAmplificationPercent,
    int spaceRunsMin,
    long tableBytesMax)
    implements CompactionPolicy {
  private static final CompactionChoice NOTHING = new CompactionChoice.Nothing();

  @Override
  public CompactionChoice choose(List<Level> levels, Set<Long> busy) {
    List<SortedRun> runs = levels.getFirst().runs();
    if (runs.size() > 1 && isMostlyGarbage(runs) && !isBusy(runs, busy)) {
      return merge(runs, "deletes");
    }
    if (runs.size() >= Math.max(2, spaceRunsMin)) {
      List<SortedRun> newer = runs.subList(0, runs.size() - 1);
      double oldest = runs.getLast().weight();
      if (weight(newer) * 100 >= oldest * spaceAmplificationPercent && !isBusy(runs, busy)) {
        return merge(runs, "space");
      }
    }
    if (runs.size() < Math.max(2, runsTrigger)) {
      return NOTHING;
    }
    List<SortedRun> alike = alike(runs, busy);
    if (alike.size() >= mergeRunsMin) {
      return merge(alike, "size ratio");
    }
    int surplus = runs.size() - runsTrigger + 1;
    return surplus < 2 ? NOTHING : cheapest(runs, surplus, busy);
  }

  @Override
  public long debtBytes(List<Level> levels) {
    return switch (choose(levels, Set.of())) {
      case CompactionChoice.Merge merge -> bytes(merge.inputs());
      case CompactionChoice _ -> 0;
    };
  }

  @Override
  public double pressure(List<Level> levels) {
    int runs = levels.getFirst().runs().size();
    int slow = runsTrigger + (runsStop - runsTrigger) / 3;
    return runs <= slow ? 0 : (runs - slow) / (double) (runsStop - slow);
  }

  @Override
  public CompactionChoice whole(List<Level> levels, KeyBounds bounds, Set<Long> busy) {
    List<SortedRun> runs = levels.getFirst().runs();
    boolean touched = runs.stream().anyMatch(run -> !run.overlapping(bounds).isEmpty());
    return touched && !isBusy(runs, busy) ? merge(runs, "asked for") : NOTHING;
  }

  @Override
  public int levelCount() {
    return 1;
  }

  /// The longest stretch of idle neighbours, starting as new as possible, each of which is not much
  /// larger than what is newer in the stretch.
  private List<SortedRun> alike(List<SortedRun> runs, Set<Long> busy) {
    for (int first = 0; first < runs.size() - 1; first++) {
      if (isBusy(runs.get(first), busy)) {
        continue;
      }
      double sum = runs.get(first).weight();
      int end = first + 1;
      while (end < runs.size()
          && !isBusy(runs.get(end), busy)
          && runs.get(end).weight() <= sum * (100 + sizeRatioPercent) / 100) {
        sum += runs.get(end).weight();
        end++;
      }
      if (end - first >= mergeRunsMin) {
        return runs.subList(first, end);
      }
    }
    return List.of();
  }

  /// The idle neighbours of this number that have the fewest bytes.
  private CompactionChoice cheapest(List<SortedRun> runs, int count, Set<Long> busy) {
    List<SortedRun> best = List.of();
    for (int first = 0; first + count <= runs.size(); first++) {
      List<SortedRun> stretch = runs.subList(first, first + count);
      if (!isBusy(stretch, busy) && (best.isEmpty() || bytes(stretch) < bytes(best))) {
        best = stretch;
      }
    }
    return best.isEmpty() ? NOTHING : merge(best, "run count");
  }

  private CompactionChoice merge(List<SortedRun> runs, String reason) {
    return new CompactionChoice.Merge(
        new ArrayList<>(runs), 0, runs.getFirst().id(), tableBytesMax, reason);
  }

  /// Whether at least half of the entries of some newer run are deletes.
  private static boolean isMostlyGarbage(List<SortedRun> runs) {
    for (SortedRun run : runs) {
      long entries = run.tables().stream().mapToLong(TableMeta::entries).sum();
      long deletes = run.tables().stream().mapToLong(TableMeta::deletes).sum();
      if (deletes * 2 > entries) {
        return true;
      }
    }
    return false;
  }

  /// What runs would have if they held their values themselves.
  private static double weight(List<SortedRun> runs) {
    return runs.stream().mapToLong(SortedRun::weight).sum();
  }

  private static long bytes(List<SortedRun> runs) {
    return runs.stream().mapToLong(SortedRun::bytes).sum();
  }

  private static boolean isBusy(List<SortedRun> runs, Set<Long> busy) {
    return runs.stream().anyMatch(run -> isBusy(run, busy));
  }

  private static boolean isBusy(SortedRun run, Set<Long> busy) {
    return run.tables().stream().anyMatch(table -> busy.contains(table.number()));
  }
}
