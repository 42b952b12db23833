package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;
import java.util.List;

/// The tables of one level. Level 0 has runs that lie over one another, the newest first; every
/// other level has one run.
public record Level(int number, List<SortedRun> runs) {
  public Level {
    runs = List.copyOf(runs);
  }

  /// The bytes of its files.
  public long bytes() {
    return tables().stream().mapToLong(TableMeta::bytes).sum();
  }

  /// The bytes of its files that are needed.
  public long liveBytes() {
    return tables().stream().mapToLong(TableMeta::liveBytes).sum();
  }

  /// All of its tables.
  public List<TableMeta> tables() {
    return runs.size() == 1
        ? runs.getFirst().tables()
        : runs.stream().flatMap(run -> run.tables().stream()).toList();
  }

  /// Its tables that may hold keys in these bounds.
  public List<TableMeta> overlapping(KeyBounds bounds) {
    return tables().stream().filter(table -> table.bounds().overlaps(bounds)).toList();
  }
}
