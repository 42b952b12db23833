package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstones;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The tables of the tree at one moment. Immutable; who holds a reference may read every table of
/// it.
final class Version {
  private final List<Level> levels;
  private final Map<Long, TableHandle> handles;
  private final RunReader[] runs;
  private final boolean hasRanges;
  private final long liveBytes;
  private final long bytes;
  private final long upperTables;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile @Nullable RangeTombstones tombstones;

  /// A version of placed tables; takes a reference of each.
  Version(int levelCount, Map<Long, VersionEdit.Placed> placed, Map<Long, TableHandle> handles) {
    this.handles = Map.copyOf(handles);
    this.levels = arrange(levelCount, placed);
    List<RunReader> readers = new ArrayList<>();
    for (Level level : levels) {
      for (SortedRun run : level.runs()) {
        List<TableHandle> tables = run.tables().stream().map(t -> handle(t.number())).toList();
        readers.add(new RunReader(tables, -1L - readers.size()));
      }
    }
    this.runs = readers.toArray(RunReader[]::new);
    this.hasRanges = handles.values().stream().anyMatch(h -> h.meta().rangeDeletes() > 0);
    this.liveBytes = levels.stream().mapToLong(Level::liveBytes).sum();
    this.upperTables = levels.get(1).tables().size();
    this.bytes = levels.stream().mapToLong(Level::bytes).sum();
    this.handles.values().forEach(TableHandle::retain);
  }

  /// The levels, level 0 first.
  List<Level> levels() {
    return levels;
  }

  /// Every run, the newest first.
  RunReader[] runs() {
    return runs;
  }

  /// The handle of a table of this version.
  TableHandle handle(long number) {
    TableHandle handle = handles.get(number);
    if (handle == null) {
      throw new IllegalArgumentException("table " + number + " is not in this version");
    }
    return handle;
  }

  /// The handles of all tables.
  Iterable<TableHandle> handles() {
    return handles.values();
  }

  /// Whether a table holds a deleted range.
  boolean hasRanges() {
    return hasRanges;
  }

  /// The bytes of all tables that are needed.
  long liveBytes() {
    return liveBytes;
  }

  /// The bytes of all tables.
  long bytes() {
    return bytes;
  }

  /// How many tables level 1 has.
  long upperTables() {
    return upperTables;
  }

  /// Whether no table below a level may hold keys in these bounds.
  boolean isBottom(int level, KeyBounds bounds) {
    for (int i = level + 1; i < levels.size(); i++) {
      if (!levels.get(i).overlapping(bounds).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /// The deleted ranges of all tables, in one; each has the rank of its run as its number.
  RangeTombstones tombstones() {
    if (!hasRanges) {
      return RangeTombstones.EMPTY;
    }
    RangeTombstones known = tombstones;
    if (known == null) {
      known =
          RangeTombstones.merge(
              Arrays.stream(runs)
                  .flatMap(
                      run ->
                          Arrays.stream(run.tables())
                              .filter(handle -> handle.meta().rangeDeletes() > 0)
                              .map(handle -> handle.table().tombstones().renumbered(run.rank())))
                  .toList());
      tombstones = known;
    }
    return known;
  }

  /// Takes a reference; only who holds one already, or is in the epoch of the view, may.
  void retain() {
    references.incrementAndGet();
  }

  /// Gives a reference back; the last one releases the tables.
  void release() {
    if (references.decrementAndGet() == 0) {
      handles.values().forEach(TableHandle::release);
    }
  }

  private static List<Level> arrange(int levelCount, Map<Long, VersionEdit.Placed> placed) {
    List<TreeMap<Long, List<TableMeta>>> byLevel = new ArrayList<>();
    for (int i = 0; i < levelCount; i++) {
      byLevel.add(new TreeMap<>(Comparator.reverseOrder()));
    }
    for (VersionEdit.Placed table : placed.values()) {
      byLevel
          .get(table.level())
          .computeIfAbsent(table.run(), _ -> new ArrayList<>())
          .add(table.table());
    }
    List<Level> levels = new ArrayList<>();
    for (int i = 0; i < levelCount; i++) {
      List<SortedRun> runs = new ArrayList<>();
      byLevel
          .get(i)
          .forEach(
              (id, tables) -> {
                tables.sort((a, b) -> Arrays.compareUnsigned(a.bounds().from(), b.bounds().from()));
                runs.add(new SortedRun(id, tables));
              });
      levels.add(new Level(i, runs));
    }
    return List.copyOf(levels);
  }
}
