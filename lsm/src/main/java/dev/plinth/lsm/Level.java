package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.List;

/// Sorted runs of one level, the newest first. In a leveled tree every level but 0 has at most one.
public record Level(int number, List<SortedRun> runs) {
  public Level {
    runs = List.copyOf(runs);
  }

  /// The bytes of its files.
  public long bytes() {
    return runs.stream().mapToLong(SortedRun::bytes).sum();
  }

  /// The bytes of its files and of what they refer to, see [TableMeta#weight()].
  public long weight() {
    return runs.stream().mapToLong(SortedRun::weight).sum();
  }

  /// All of its tables.
  public List<TableMeta> tables() {
    return runs.stream().flatMap(run -> run.tables().stream()).toList();
  }

  /// Its tables that may hold keys in these bounds.
  public List<TableMeta> overlapping(KeyBounds bounds) {
    return runs.stream().flatMap(run -> run.overlapping(bounds).stream()).toList();
  }
}
