package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Table;
import dev.plinth.engine.jungle.table.TableCursor;
import dev.plinth.engine.jungle.table.TableMerge;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstones;
import org.jspecify.annotations.Nullable;

/// A sorted batch that goes down: what a memtable or a table of the level above holds, one entry
/// for a key, and the ranges that it deletes from what is older.
///
/// @param cursor over the entries
/// @param ranges the ranges, all with the same number
/// @param bounds where entries and ranges lie
/// @param bytes about how many bytes the entries take
/// @param table where the batch is a table: itself
record BatchSource(
    EntryCursor cursor,
    RangeTombstones ranges,
    KeyBounds bounds,
    long bytes,
    @Nullable Table table) {

  /// The batch that a table is.
  static BatchSource of(TableHandle handle) {
    Table table = handle.table();
    return new BatchSource(
        new TableCursor(new TableMerge.OneTable(table)),
        table.tombstones(),
        handle.meta().bounds(),
        handle.meta().liveBytes(),
        table);
  }
}
