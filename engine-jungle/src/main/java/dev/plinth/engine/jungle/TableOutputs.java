package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.BatchWriter;
import dev.plinth.engine.jungle.table.TableMerge;
import dev.plinth.engine.jungle.table.Unsynced;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.tree.TableNames;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// New tables, cut between keys when one is large enough; deleted ranges are cut at the same
/// places. Not thread-safe.
final class TableOutputs implements TableMerge.Output, AutoCloseable {
  private final Tree tree;
  private final ByteCause cause;
  private final long tableBytesMax;
  private final RangeTombstones ranges;
  private final byte @Nullable [] to;
  private final long sequence;
  private final Unsynced unsynced;
  private final List<TableMeta> finished = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private byte[] lower;
  private @Nullable BatchWriter writer;
  private long number;
  private long identity;
  private boolean done;

  /// @param ranges what the tables delete from older ones
  /// @param bounds the keys that the tables may hold
  /// @param sequence of the last batch in them
  /// @param unsynced takes the files that are complete
  TableOutputs(
      Tree tree,
      ByteCause cause,
      long tableBytesMax,
      RangeTombstones ranges,
      KeyBounds bounds,
      long sequence,
      Unsynced unsynced) {
    this.tree = tree;
    this.cause = cause;
    this.tableBytesMax = tableBytesMax;
    this.ranges = ranges;
    this.lower = bounds.from();
    this.to = bounds.limit();
    this.sequence = sequence;
    this.unsynced = unsynced;
  }

  @Override
  public BatchWriter writer(MemorySegment key, long offset, int length) {
    BatchWriter open = writer;
    if (open != null && open.bytes() >= tableBytesMax) {
      finishTable(open, key.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      open = null;
    }
    return open == null ? begin() : open;
  }

  /// Completes the last table. Nothing is durable yet.
  List<TableMeta> finish() {
    BatchWriter open = writer;
    if (open == null && !ranges.clipped(lower, to).isEmpty()) {
      open = begin();
    }
    if (open != null) {
      finishTable(open, null);
    }
    done = true;
    return finished;
  }

  /// Deletes what was written unless it was finished.
  @Override
  public void close() {
    if (done) {
      return;
    }
    BatchWriter open = writer;
    if (open != null) {
      open.close();
    }
    for (Path file : files) {
      try {
        tree.disk.delete(file);
      } catch (StorageException _) {
        // The next opening removes what no manifest names.
      }
    }
  }

  private BatchWriter begin() {
    number = tree.versions.newNumber();
    identity = ThreadLocalRandom.current().nextLong();
    Path file = tree.directory.path().resolve(TableNames.table(number));
    BatchWriter opened =
        new BatchWriter(tree.disk, file, identity, null, tree.options.shape(), cause);
    files.add(file);
    writer = opened;
    return opened;
  }

  private void finishTable(BatchWriter open, byte @Nullable [] cut) {
    List<RangeTombstone> mine = ranges.clipped(lower, cut == null ? to : cut);
    BatchWriter.Summary summary = open.finish(mine, sequence, unsynced);
    open.close();
    writer = null;
    if (cut != null) {
      lower = cut;
    }
    finished.add(meta(number, identity, summary, null, mine));
  }

  /// What the manifest says of a table.
  ///
  /// @param before bounds that it had; null for a new one
  static TableMeta meta(
      long number,
      long identity,
      BatchWriter.Summary summary,
      @Nullable KeyBounds before,
      List<RangeTombstone> ranges) {
    KeyBounds bounds = before;
    byte[] first = summary.first();
    byte[] last = summary.last();
    if (first != null && last != null) {
      KeyBounds written = KeyBounds.closed(first, last);
      bounds = bounds == null ? written : bounds.union(written);
    }
    for (RangeTombstone range : ranges) {
      KeyBounds own = new KeyBounds(range.from(), range.to());
      bounds = bounds == null ? own : bounds.union(own);
    }
    if (bounds == null) {
      throw new IllegalStateException("a table without entries");
    }
    return new TableMeta(
        number,
        identity,
        summary.header(),
        summary.end(),
        bounds,
        summary.entries(),
        summary.deletes(),
        ranges.size(),
        summary.liveBytes(),
        false);
  }
}
