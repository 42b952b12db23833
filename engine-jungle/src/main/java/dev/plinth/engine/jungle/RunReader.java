package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Table;
import dev.plinth.engine.jungle.table.TableCursor;
import dev.plinth.kit.memory.Fences;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Finds the tables of a sorted run that may hold a key. Immutable; any thread may use it while it
/// holds the version.
final class RunReader implements TableCursor.Run {
  private final TableHandle[] tables;
  private final Fences limits;
  private final long rank;

  /// @param rank -1 for the newest run, -2 for the next
  RunReader(List<TableHandle> tables, long rank) {
    this.tables = tables.toArray(TableHandle[]::new);
    this.rank = rank;
    List<byte[]> keys = new ArrayList<>();
    for (TableHandle table : tables) {
      byte[] limit = table.meta().bounds().limit();
      if (limit != null) {
        keys.add(limit);
      }
    }
    this.limits = new Fences(keys);
  }

  @Override
  public int size() {
    return tables.length;
  }

  @Override
  public Table table(int ordinal) {
    return tables[ordinal].table();
  }

  @Override
  public long rank() {
    return rank;
  }

  @Override
  public int tableOf(MemorySegment key, long offset, int length) {
    return limits.upperBound(key, offset, length);
  }

  /// The tables in the order of their keys.
  TableHandle[] tables() {
    return tables;
  }
}
