package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.List;

/// Tables that do not overlap, in the order of their keys.
///
/// @param id orders the runs of a level: the higher one is newer
public record SortedRun(long id, List<TableMeta> tables) {
  public SortedRun {
    tables = List.copyOf(tables);
  }

  /// The bytes of its files.
  public long bytes() {
    return tables.stream().mapToLong(TableMeta::bytes).sum();
  }

  /// The bytes of its files and of what they refer to, see [TableMeta#weight()].
  public long weight() {
    return tables.stream().mapToLong(TableMeta::weight).sum();
  }

  /// Its tables that may hold keys in these bounds.
  public List<TableMeta> overlapping(KeyBounds bounds) {
    return tables.stream().filter(table -> table.bounds().overlaps(bounds)).toList();
  }
}
