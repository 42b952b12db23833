package dev.plinth.engine.leveled;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.CompactionChoice;
import dev.plinth.lsm.CompactionPolicy;
import dev.plinth.lsm.Level;
import dev.plinth.lsm.SortedRun;
import dev.plinth.lsm.TableMeta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Leveled compaction (O'Neil et al. 1996, as in LevelDB and RocksDB): level 0 holds runs as they
/// were flushed, every other level one run, each about `fanout` times the one above.
///
/// Targets follow the real size of the last level (RocksDB's dynamic level bytes): the last level
/// is always the bottom, upper levels are fractions of it, level 0 merges into the highest level
/// whose target is large enough, the base. A level between pays only when it is not smaller than
/// what level 0 brings at once: merging a byte straight into a level of `x` times that rewrites `x`
/// bytes, going through a level of `1 / fanout` of it about `fanout`. So a level is begun when the
/// base has grown beyond `fanout * baseBytes`. The level with the highest score goes first; from it
/// the table with the least overlap per byte, so that little is rewritten for what moves down, with
/// tables of many deletes preferred.
///
/// @param fanout how many times larger a level is than the one above
/// @param runsTrigger how many runs level 0 has at most before it is merged; fewer, from two on,
///   where the level below is the last one and level 0 comes to [#GARBAGE_SHARE] of it
/// @param runsStop how many it has when writers are slowed to a crawl
/// @param baseBytes the least size of the base level; a level is begun above it when it has grown
///   beyond `fanout` times that
/// @param seeksFactor level 0 is merged when seeks over its runs have cost this many times what the
///   merge costs; 0 for never
/// @param tableBytesMax how large a table may grow
/// @param levelCount how many levels there are
public record LeveledPolicy(
    double fanout,
    int runsTrigger,
    int runsStop,
    long baseBytes,
    double seeksFactor,
    long tableBytesMax,
    int levelCount)
    implements CompactionPolicy {
  private static final CompactionChoice NOTHING = new CompactionChoice.Nothing();

  /// A table with a larger share of deletes is compacted although its level is not too large.
  private static final double DELETES_DENSE = 0.5;

  /// Level 0 is merged into the last level when it has this share of its bytes: keys are
  /// overwritten by what level 0 holds, so that is the garbage which the store carries, and merging
  /// rewrites `1 + 1 / share` bytes for each.
  static final double GARBAGE_SHARE = 0.4;

  /// As many runs are worth merging, however small the last level is.
  static final int RUNS_MIN = 2;

  /// Level 0 is merged when it has this many times `baseBytes`, however few its runs.
  private static final double LEVEL0_BASES = 2;

  /// What a run of level 0 costs a seek: index, filter-less search and a data block out of cache.
  static final double SEEK_NANOS = 2000;

  /// What a merge costs for each byte of its inputs, reading and writing.
  static final double MERGE_NANOS_PER_BYTE = 4;

  /// The targets of a tree: the base level, and the bytes each level should hold.
  @SuppressWarnings("ArrayRecordComponent") // Made for one decision, never compared.
  record Targets(int base, double[] bytes) {}

  private record Scored(int level, double score) {}

  @Override
  public CompactionChoice choose(List<Level> levels, Set<Long> busy) {
    Targets targets = targets(levels);
    List<Scored> scores = new ArrayList<>();
    for (int i = 0; i < levels.size() - 1; i++) {
      double score = score(levels, targets, i, busy);
      if (score >= 1) {
        scores.add(new Scored(i, score));
      }
    }
    scores.sort(Comparator.comparingDouble(Scored::score).reversed());
    for (Scored scored : scores) {
      CompactionChoice choice =
          scored.level() == 0
              ? fromLevel0(levels, targets, busy)
              : fromLevel(levels, scored.level(), busy);
      if (!(choice instanceof CompactionChoice.Nothing)) {
        return choice;
      }
    }
    return dense(levels, busy);
  }

  /// All of level 0 goes into the base, as when it is full. The counts of its tables go with them,
  /// so what is paid for the next one begins at nothing, and a tree that was just merged has
  /// nothing to gain.
  @Override
  public CompactionChoice forSeeks(List<Level> levels, Set<Long> busy, long seeks) {
    int runs = levels.getFirst().runs().size();
    if (!weighsSeeks() || runs == 0) {
      return NOTHING;
    }
    Targets targets = targets(levels);
    CompactionChoice choice = fromLevel0(levels, targets, busy);
    boolean lone = runs == 1 && levels.get(targets.base()).runs().isEmpty();
    double paid = SEEK_NANOS * seeks;
    return switch (choice) {
      case CompactionChoice.Move move -> lone ? NOTHING : move;
      case CompactionChoice.Merge merge -> {
        double bytes = merge.inputs().stream().mapToLong(SortedRun::bytes).sum();
        double spared = paid * (merge.inputs().size() - 1) / runs;
        yield spared < seeksFactor * MERGE_NANOS_PER_BYTE * bytes
            ? NOTHING
            : new CompactionChoice.Merge(
                merge.inputs(),
                merge.level(),
                merge.run(),
                merge.tableBytesMax(),
                CompactionChoice.SEEKS);
      }
      case CompactionChoice.Nothing _, CompactionChoice.Drop _ -> NOTHING;
    };
  }

  @Override
  public boolean weighsSeeks() {
    return seeksFactor > 0;
  }

  @Override
  public long debtBytes(List<Level> levels) {
    Targets targets = targets(levels);
    double debt = 0;
    double coming = 0;
    Level first = levels.getFirst();
    if (first.runs().size() >= runsTrigger) {
      coming = first.weight();
      debt = coming + levels.get(targets.base()).weight();
    }
    for (int i = targets.base(); i < levels.size() - 1; i++) {
      double over = levels.get(i).weight() + coming - targets.bytes()[i];
      coming = 0;
      if (over > 0) {
        double below = levels.get(i + 1).weight();
        double ratio = Math.min(fanout, below / Math.max(1, levels.get(i).weight()));
        debt += over * (1 + ratio);
        coming = over;
      }
    }
    return (long) (debt * fileShare(levels));
  }

  /// Which share of what the levels weigh a compaction rewrites: what is not in blob files.
  private static double fileShare(List<Level> levels) {
    double bytes = levels.stream().mapToLong(Level::bytes).sum();
    return bytes / Math.max(1, levels.stream().mapToLong(Level::weight).sum());
  }

  @Override
  public double pressure(List<Level> levels) {
    int runs = levels.getFirst().runs().size();
    int slow = runsTrigger + (runsStop - runsTrigger) / 3;
    return runs <= slow ? 0 : (runs - slow) / (double) (runsStop - slow);
  }

  @Override
  public CompactionChoice whole(List<Level> levels, KeyBounds bounds, Set<Long> busy) {
    List<SortedRun> inputs = new ArrayList<>();
    KeyBounds wide = bounds;
    boolean grows = true;
    while (grows) {
      inputs.clear();
      KeyBounds hull = wide;
      for (Level level : levels) {
        for (SortedRun run : level.runs()) {
          List<TableMeta> tables = run.overlapping(wide);
          if (!tables.isEmpty()) {
            inputs.add(new SortedRun(run.id(), tables));
          }
          for (TableMeta table : tables) {
            hull = hull.union(table.bounds());
          }
        }
      }
      grows = !hull.equals(wide);
      wide = hull;
    }
    if (inputs.isEmpty() || inputs.stream().allMatch(run -> isBusy(run.tables(), busy))) {
      return NOTHING;
    }
    return new CompactionChoice.Merge(inputs, levels.size() - 1, 0, tableBytesMax, "asked for");
  }

  /// The base level and the targets, from the size of the last level.
  Targets targets(List<Level> levels) {
    int last = levels.size() - 1;
    int highest = last;
    double largest = 0;
    for (int i = last; i >= 1; i--) {
      double bytes = levels.get(i).weight();
      if (bytes > 0) {
        highest = i;
        largest = Math.max(largest, bytes);
      }
    }
    double[] bytes = new double[levels.size()];
    double size = Math.max(largest, (double) baseBytes);
    int base = last;
    bytes[last] = size;
    while (base > 1 && bytes[base] > baseBytes * fanout) {
      base--;
      bytes[base] = bytes[base + 1] / fanout;
    }
    base = Math.min(base, highest);
    for (int i = base; i < last; i++) {
      bytes[i] = Math.max(bytes[i], (double) baseBytes);
    }
    return new Targets(base, bytes);
  }

  private double score(List<Level> levels, Targets targets, int level, Set<Long> busy) {
    if (level == 0) {
      Level first = levels.getFirst();
      double byRuns = first.runs().size() / (double) runsTrigger;
      boolean dense = first.tables().stream().anyMatch(LeveledPolicy::isMostlyDeletes);
      double byBytes = first.weight() / (LEVEL0_BASES * Math.max(baseBytes, 1));
      double byGarbage = garbageScore(levels, targets.base());
      return Math.max(Math.max(dense ? 1 : 0, byGarbage), Math.max(byRuns, byBytes));
    }
    long idle =
        levels.get(level).tables().stream()
            .filter(table -> !busy.contains(table.number()))
            .mapToLong(TableMeta::weight)
            .sum();
    if (idle == 0) {
      return 0;
    }
    if (level < targets.base()) {
      return Double.MAX_VALUE;
    }
    return idle / targets.bytes()[level];
  }

  /// How full level 0 is of what the last level should not have beside it, where that is the base.
  private static double garbageScore(List<Level> levels, int base) {
    long below = levels.get(base).weight();
    Level first = levels.getFirst();
    boolean counts = base == levels.size() - 1 && below > 0 && first.runs().size() >= RUNS_MIN;
    return counts ? first.weight() / (GARBAGE_SHARE * below) : 0;
  }

  /// Merges all of level 0 into the base level; moves what overlaps nothing.
  private CompactionChoice fromLevel0(List<Level> levels, Targets targets, Set<Long> busy) {
    List<SortedRun> runs = levels.getFirst().runs();
    List<TableMeta> tables = levels.getFirst().tables();
    if (runs.isEmpty() || tables.stream().anyMatch(table -> busy.contains(table.number()))) {
      return NOTHING;
    }
    Level base = levels.get(targets.base());
    SortedRun oldest = runs.getLast();
    boolean alone =
        oldest.tables().stream()
            .noneMatch(
                table ->
                    !base.overlapping(table.bounds()).isEmpty()
                        || runs.stream()
                            .limit(runs.size() - 1L)
                            .anyMatch(run -> !run.overlapping(table.bounds()).isEmpty()));
    if (alone && isClear(levels, 1, targets.base(), oldest.tables())) {
      return new CompactionChoice.Move(oldest.tables(), targets.base(), 0);
    }
    KeyBounds hull = hull(tables);
    if (!isClear(levels, 1, targets.base(), tables)) {
      return NOTHING;
    }
    List<TableMeta> below = base.overlapping(hull);
    if (below.stream().anyMatch(table -> busy.contains(table.number()))) {
      return NOTHING;
    }
    List<SortedRun> inputs = new ArrayList<>(runs);
    if (!below.isEmpty()) {
      inputs.add(new SortedRun(0, below));
    }
    return new CompactionChoice.Merge(inputs, targets.base(), 0, tableBytesMax, "L0");
  }

  /// Moves one table of a level down, the one that rewrites least.
  private CompactionChoice fromLevel(List<Level> levels, int level, Set<Long> busy) {
    Level below = levels.get(level + 1);
    TableMeta best = null;
    List<TableMeta> bestOverlap = List.of();
    double bestCost = Double.MAX_VALUE;
    for (TableMeta table : levels.get(level).tables()) {
      if (busy.contains(table.number())) {
        continue;
      }
      List<TableMeta> overlap = below.overlapping(table.bounds());
      if (isBusy(overlap, busy)) {
        continue;
      }
      double cost = overlap.stream().mapToLong(TableMeta::bytes).sum() / (double) table.weight();
      double deletes = table.deletes() / (double) Math.max(1, table.entries());
      cost *= 1 - 0.9 * deletes;
      if (cost < bestCost
          || (cost == bestCost && best != null && table.sequenceMin() < best.sequenceMin())) {
        best = table;
        bestOverlap = overlap;
        bestCost = cost;
      }
    }
    return best == null ? NOTHING : down(best, bestOverlap, level, "L" + level);
  }

  /// A table full of deletes goes down even when its level is not too large, so that reads need not
  /// pass over them.
  private CompactionChoice dense(List<Level> levels, Set<Long> busy) {
    for (int level = 1; level < levels.size() - 1; level++) {
      for (TableMeta table : levels.get(level).tables()) {
        boolean isDense = table.rangeDeletes() > 0 || isMostlyDeletes(table);
        List<TableMeta> overlap =
            isDense ? levels.get(level + 1).overlapping(table.bounds()) : List.of();
        if (isDense && !busy.contains(table.number()) && !isBusy(overlap, busy)) {
          return down(table, overlap, level, "deletes");
        }
      }
    }
    return NOTHING;
  }

  private CompactionChoice down(
      TableMeta table, List<TableMeta> overlap, int level, String reason) {
    boolean hasGarbage = table.deletes() > 0 || table.rangeDeletes() > 0;
    if (overlap.isEmpty() && !hasGarbage) {
      return new CompactionChoice.Move(List.of(table), level + 1, 0);
    }
    List<SortedRun> inputs = new ArrayList<>();
    inputs.add(new SortedRun(0, List.of(table)));
    if (!overlap.isEmpty()) {
      inputs.add(new SortedRun(0, overlap));
    }
    return new CompactionChoice.Merge(inputs, level + 1, 0, tableBytesMax, reason);
  }

  /// Whether the levels between hold nothing that these tables overlap.
  private static boolean isClear(List<Level> levels, int from, int to, List<TableMeta> tables) {
    for (int i = from; i < to; i++) {
      for (TableMeta table : tables) {
        if (!levels.get(i).overlapping(table.bounds()).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isMostlyDeletes(TableMeta table) {
    return table.deletes() > DELETES_DENSE * table.entries();
  }

  private static boolean isBusy(List<TableMeta> tables, Set<Long> busy) {
    return tables.stream().anyMatch(table -> busy.contains(table.number()));
  }

  private static KeyBounds hull(List<TableMeta> tables) {
    KeyBounds hull = tables.getFirst().bounds();
    for (TableMeta table : tables) {
      hull = hull.union(table.bounds());
    }
    return hull;
  }
}
