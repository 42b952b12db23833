package dev.plinth.engine.jungle;

import java.util.List;

/// Tables that do not overlap, in the order of their keys.
///
/// @param id orders the runs of a level: the higher one is newer
public record SortedRun(long id, List<TableMeta> tables) {
  public SortedRun {
    tables = List.copyOf(tables);
  }
}
