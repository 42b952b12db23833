package dev.plinth.lsm;

import dev.plinth.kit.memory.Fences;
import dev.plinth.lsm.table.Table;
import dev.plinth.lsm.table.TableCursor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Finds the tables of a sorted run that may hold a key. Immutable; any thread may use it while it
/// holds the version.
final class RunReader implements TableCursor.Run {
  private final TableHandle[] tables;
  private final Fences limits;
  private final long sequenceMax;
  private final Blobs blobs;

  /// @param blobs has the blob files that the tables refer to
  RunReader(List<TableHandle> tables, Blobs blobs) {
    this.blobs = blobs;
    this.tables = tables.toArray(TableHandle[]::new);
    List<byte[]> keys = new ArrayList<>();
    for (TableHandle table : tables) {
      byte[] limit = table.meta().bounds().limit();
      if (limit != null) {
        keys.add(limit);
      }
    }
    this.limits = new Fences(keys);
    this.sequenceMax =
        tables.stream().mapToLong(table -> table.meta().sequenceMax()).max().orElse(0);
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
  public long sequenceMax() {
    return sequenceMax;
  }

  @Override
  public Blobs blobs() {
    return blobs;
  }

  TableHandle handle(int ordinal) {
    return tables[ordinal];
  }

  @Override
  public int tableOf(MemorySegment key, long offset, int length) {
    return limits.upperBound(key, offset, length);
  }
}
