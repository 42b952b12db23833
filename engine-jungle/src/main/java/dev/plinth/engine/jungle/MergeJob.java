package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.BatchWriter;
import dev.plinth.engine.jungle.table.Table;
import dev.plinth.engine.jungle.table.TableMerge;
import dev.plinth.engine.jungle.table.Unsynced;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.ByteCause;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Merges a batch into a level: appends to the tables it meets, writes a table anew where it has
/// too much garbage, is too large or is shared, and makes tables for what meets none. Used once, by
/// one thread; what it did counts when the edit is durable.
final class MergeJob implements AutoCloseable {
  private final Tree tree;
  private final Version version;
  private final int level;
  private final ByteCause cause;
  private final long sequence;
  private final BooleanSupplier cancelled;
  private final List<VersionEdit.Placed> added = new ArrayList<>();
  private final List<Long> removed = new ArrayList<>();
  private final Unsynced unsynced = new Unsynced();
  private long bytesRead;
  private long bytesWritten;
  private boolean created;

  /// @param version what the level below is judged by
  /// @param level where the batch goes to
  /// @param sequence batches up to this one are in the batch or before it
  MergeJob(
      Tree tree,
      Version version,
      int level,
      ByteCause cause,
      long sequence,
      BooleanSupplier cancelled) {
    this.tree = tree;
    this.version = version;
    this.level = level;
    this.cause = cause;
    this.sequence = sequence;
    this.cancelled = cancelled;
  }

  /// The change of the tree.
  record Result(
      List<VersionEdit.Placed> added, List<Long> removed, long bytesRead, long bytesWritten) {
    static final Result NONE = new Result(List.of(), List.of(), 0, 0);
  }

  /// Merges a batch.
  ///
  /// @param targets the level's tables that overlap the batch, sorted
  /// @param run of new tables; 0 but for level 0
  Result merge(BatchSource source, List<TableHandle> targets, long run) {
    long full = tree.options.ascending() ? tree.options.tableBytes() : Long.MAX_VALUE;
    for (Part part : Part.plan(source, targets, tree.options.tableBytes() / 16, full)) {
      EntryCursor cursor = source.cursor();
      byte[] from = part.from();
      cursor.seek(MemorySegment.ofArray(from), 0, from.length, Tag.FIRST);
      List<RangeTombstone> own = source.ranges().clipped(from, part.to());
      if (own.isEmpty() && !isBefore(cursor, part.to())) {
        continue;
      }
      KeyBounds reach = reach(part);
      boolean bottom = level > 0 && version.isBottom(level, reach);
      RangeTombstones hidden = RangeTombstones.of(own);
      TableHandle target = part.target();
      TableMerge merge = new TableMerge(cursor, part.to(), hidden, bottom, cancelled);
      if (target == null) {
        place(fresh(null, merge, reach, bottom ? RangeTombstones.EMPTY : hidden), run);
      } else if (bottom
          && isDeleted(target.meta().bounds(), hidden)
          && !isBefore(cursor, part.to())) {
        removed.add(target.meta().number());
      } else {
        removed.add(target.meta().number());
        RangeTombstones ranges =
            bottom
                ? RangeTombstones.EMPTY
                : RangeTombstones.merge(List.of(target.table().tombstones(), hidden)).renumbered(1);
        long batchBytes = batchBytes(source, part, targets.size());
        if (tree.policy.isRewritten(level, target.meta(), batchBytes + batchBytes / 4)) {
          bytesRead += target.meta().liveBytes();
          place(fresh(target.table(), merge, reach, ranges), run);
        } else {
          append(target, merge, ranges, run);
        }
      }
    }
    finish();
    return new Result(added, removed, bytesRead + source.bytes(), bytesWritten);
  }

  /// Writes tables anew, those beside one another together.
  Result rewrite(List<TableHandle> tables) {
    KeyBounds reach = tables.getFirst().meta().bounds();
    List<RangeTombstones> ranges = new ArrayList<>();
    for (TableHandle table : tables) {
      reach = reach.union(table.meta().bounds());
      ranges.add(table.table().tombstones());
      removed.add(table.meta().number());
      bytesRead += table.meta().liveBytes();
    }
    boolean bottom = level > 0 && version.isBottom(level, reach);
    RangeTombstones all =
        bottom ? RangeTombstones.EMPTY : RangeTombstones.merge(ranges).renumbered(1);
    try (TableOutputs outputs =
        new TableOutputs(tree, cause, tree.options.tableBytes(), all, reach, sequence, unsynced)) {
      for (TableHandle table : tables) {
        new TableMerge(NoEntries.INSTANCE, null, RangeTombstones.EMPTY, bottom, cancelled)
            .rewrite(table.table(), outputs);
      }
      place(outputs.finish(), 0);
    }
    finish();
    return new Result(added, removed, bytesRead, bytesWritten);
  }

  /// Closes the files of a job that failed.
  @Override
  public void close() {
    unsynced.close();
  }

  private void append(TableHandle target, TableMerge merge, RangeTombstones ranges, long run) {
    TableMeta meta = target.meta();
    Table table = target.table();
    List<RangeTombstone> list = ranges.ranges();
    try (BatchWriter writer =
        new BatchWriter(
            tree.disk, target.path(), meta.identity(), table, tree.options.shape(), cause)) {
      merge.append(table, writer);
      BatchWriter.Summary summary = writer.finish(list, sequence, unsynced);
      bytesWritten += summary.end() - table.end();
      if (summary.entries() > 0 || !list.isEmpty()) {
        TableMeta grown =
            TableOutputs.meta(meta.number(), meta.identity(), summary, meta.bounds(), list);
        added.add(new VersionEdit.Placed(level, run, grown));
      }
    }
  }

  private List<TableMeta> fresh(
      @Nullable Table old, TableMerge merge, KeyBounds reach, RangeTombstones ranges) {
    try (TableOutputs outputs =
        new TableOutputs(
            tree, cause, tree.options.tableBytes(), ranges, reach, sequence, unsynced)) {
      merge.rewrite(old, outputs);
      return outputs.finish();
    }
  }

  private void place(List<TableMeta> tables, long run) {
    bytesWritten += tables.stream().mapToLong(TableMeta::bytes).sum();
    created |= !tables.isEmpty();
    tables.forEach(table -> added.add(new VersionEdit.Placed(level, run, table)));
  }

  private void finish() {
    unsynced.sync();
    if (created) {
      tree.disk.syncDirectory(tree.directory.path());
    }
  }

  private static long batchBytes(BatchSource source, Part part, int parts) {
    Table table = source.table();
    byte[] to = part.to();
    return table == null
        ? source.bytes() / Math.max(1, parts)
        : table.bytesBetween(part.from(), to == null ? new byte[0] : to);
  }

  /// Whether a table has nothing left, so that its file goes unread.
  private static boolean isDeleted(KeyBounds bounds, RangeTombstones hidden) {
    return !hidden.isEmpty() && hidden.covers(bounds.from(), bounds.limit());
  }

  private static KeyBounds reach(Part part) {
    TableHandle target = part.target();
    return target == null ? part.bounds() : part.bounds().union(target.meta().bounds());
  }

  private static boolean isBefore(EntryCursor cursor, byte @Nullable [] to) {
    return cursor.isValid()
        && (to == null
            || Keys.compare(
                    cursor.keySegment(),
                    cursor.keyOffset(),
                    cursor.keyLength(),
                    MemorySegment.ofArray(to),
                    0,
                    to.length)
                < 0);
  }

  /// Orders handles by their keys.
  static List<TableHandle> sorted(List<TableHandle> handles) {
    return handles.stream()
        .sorted(
            (a, b) -> Arrays.compareUnsigned(a.meta().bounds().from(), b.meta().bounds().from()))
        .toList();
  }
}
