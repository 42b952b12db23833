package dev.plinth.lsm;

import java.util.List;
import java.util.Set;

/// What a [CompactionPolicy] wants to be done next.
public sealed interface CompactionChoice {
  /// The reason of a merge that seeks have paid for.
  String SEEKS = "seeks";

  /// Nothing is due.
  record Nothing() implements CompactionChoice {}

  /// Tables go to another level as they are.
  ///
  /// @param tables do not overlap one another, nor what is at the target
  /// @param level where to
  /// @param run the run of that level
  record Move(List<TableMeta> tables, int level, long run) implements CompactionChoice {}

  /// Tables are merged into new ones.
  ///
  /// @param inputs the tables by the run they are in, the newest run first
  /// @param level where the result goes
  /// @param run the run of that level
  /// @param tableBytesMax how large a table of the result may grow
  /// @param reason a word for events
  record Merge(List<SortedRun> inputs, int level, long run, long tableBytesMax, String reason)
      implements CompactionChoice {}

  /// Tables of which nothing is visible to anyone go.
  record Drop(List<TableMeta> tables) implements CompactionChoice {}

  /// The tables it takes part of.
  default List<TableMeta> tables() {
    return switch (this) {
      case Nothing _ -> List.of();
      case Move move -> move.tables();
      case Merge merge -> merge.inputs().stream().flatMap(run -> run.tables().stream()).toList();
      case Drop drop -> drop.tables();
    };
  }

  /// Whether it takes part of a table that is in use.
  default boolean touches(Set<Long> busy) {
    return tables().stream().anyMatch(t -> busy.contains(t.number()));
  }
}
