package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.KeyWords;
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
  private final KeyWords words;
  private final Blobs blobs;
  private final AtomicInteger references = new AtomicInteger(1);
  private volatile @Nullable RangeTombstones tombstones;

  /// A version of placed tables; takes a reference of each, and of their blob files.
  Version(
      int levelCount,
      Map<Long, VersionEdit.Placed> placed,
      Map<Long, TableHandle> handles,
      Blobs blobs) {
    this.blobs = blobs;
    this.handles = Map.copyOf(handles);
    this.levels = arrange(levelCount, placed);
    List<RunReader> readers = new ArrayList<>();
    for (Level level : levels) {
      for (SortedRun run : level.runs()) {
        readers.add(
            new RunReader(run.tables().stream().map(t -> handle(t.number())).toList(), blobs));
      }
    }
    this.runs = readers.toArray(RunReader[]::new);
    this.hasRanges = handles.values().stream().anyMatch(h -> h.meta().rangeDeletes() > 0);
    this.words =
        handles.values().stream()
            .map(handle -> handle.meta().bounds())
            .reduce(KeyBounds::union)
            .map(bounds -> KeyWords.between(bounds.from(), bounds.limit()))
            .orElse(KeyWords.FIRST);
    handles.values().forEach(TableHandle::retain);
    blobs.retain();
  }

  /// The levels, level 0 first.
  List<Level> levels() {
    return levels;
  }

  /// Every run, the newest first.
  RunReader[] runs() {
    return runs;
  }

  /// The blob files that its tables refer to.
  Blobs blobs() {
    return blobs;
  }

  /// The weight of the largest run in bytes.
  long largestRunBytes() {
    return levels.stream()
        .flatMap(level -> level.runs().stream())
        .mapToLong(SortedRun::weight)
        .max()
        .orElse(0);
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

  /// Tells the keys of all tables apart.
  KeyWords words() {
    return words;
  }

  /// Whether a table holds a deleted range.
  boolean hasRanges() {
    return hasRanges;
  }

  /// The deleted ranges of all tables, in one.
  RangeTombstones tombstones() {
    if (!hasRanges) {
      return RangeTombstones.EMPTY;
    }
    RangeTombstones known = tombstones;
    if (known == null) {
      known =
          RangeTombstones.merge(
              handles.values().stream()
                  .filter(handle -> handle.meta().rangeDeletes() > 0)
                  .map(handle -> handle.table().tombstones())
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
      blobs.release();
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
