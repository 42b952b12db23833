package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Cuts a merge into a large level into ranges of keys that are committed each for itself, so that
/// the space of what was replaced comes back early.
///
/// The tables of upper levels stay until the last range is done, whichever that is. Until then
/// their entries in the finished ranges are in both levels; that shows nowhere, since the upper one
/// is found first and hides its copy, which is no newer. A crash in between leaves such a state,
/// which the next merge of the upper tables clears up.
///
/// @param slices the ranges, one or more, in the order of their keys, without gaps
/// @param last the numbers of the inputs that go when all ranges are merged
record MergeSlices(List<Slice> slices, List<Long> last) {
  /// Tables of the lower level in a range.
  private static final int TABLES = 8;

  MergeSlices {
    slices = List.copyOf(slices);
    last = List.copyOf(last);
  }

  /// A range.
  ///
  /// @param done the numbers of the inputs that go when it is merged
  record Slice(KeyBounds within, List<Long> done) {}

  /// The ranges of a merge.
  static MergeSlices of(CompactionChoice.Merge merge, List<Level> levels) {
    List<TableMeta> lower = merge.inputs().getLast().tables();
    if (merge.level() == 0
        || merge.inputs().size() < 2
        || lower.size() <= TABLES + TABLES / 2
        || !isIn(lower, levels.get(merge.level()))) {
      return whole(merge, List.of(KeyBounds.ALL));
    }
    List<Slice> slices = new ArrayList<>();
    byte[] from = KeyBounds.ALL.from();
    int at = 0;
    while (lower.size() - at > TABLES + TABLES / 2) {
      byte[] limit = lower.get(at + TABLES).bounds().from();
      slices.add(new Slice(new KeyBounds(from, limit), numbers(lower.subList(at, at + TABLES))));
      from = limit;
      at += TABLES;
    }
    slices.add(new Slice(new KeyBounds(from, null), numbers(lower.subList(at, lower.size()))));
    List<Long> upper = new ArrayList<>();
    for (SortedRun run : merge.inputs().subList(0, merge.inputs().size() - 1)) {
      upper.addAll(numbers(run.tables()));
    }
    return new MergeSlices(slices, upper);
  }

  /// A merge whose ranges count together or not at all.
  static MergeSlices whole(CompactionChoice.Merge merge, List<KeyBounds> ranges) {
    return new MergeSlices(
        ranges.stream().map(range -> new Slice(range, List.of())).toList(),
        numbers(merge.tables()));
  }

  /// Whether a range counts as soon as it is merged.
  boolean countsEarly() {
    return !slices.getFirst().done().isEmpty();
  }

  private static boolean isIn(List<TableMeta> tables, Level level) {
    Set<Long> there = new HashSet<>(numbers(level.tables()));
    return there.containsAll(numbers(tables));
  }

  private static List<Long> numbers(List<TableMeta> tables) {
    return tables.stream().map(TableMeta::number).toList();
  }
}
