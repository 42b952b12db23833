package dev.plinth.lsm;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.TableNames;
import dev.plinth.lsm.table.FilterMemory;
import dev.plinth.lsm.table.TableProperties;
import dev.plinth.lsm.table.TableShape;
import dev.plinth.lsm.table.TableWriter;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The tables that a [MergeJob] writes: cut between keys when one is large enough, or when it lies
/// over too much of the level below its own, so that it can be compacted on without rewriting much.
/// Deleted ranges are cut at the same places. Large values go to the blob files beside them. Not
/// thread-safe.
final class TableOutputs implements AutoCloseable {
  /// A table may lie over this many times its largest size in the level below its own.
  private static final int GRANDPARENT_FACTOR = 10;

  /// A table may refer to this many times its largest size, its own bytes included.
  private static final int WEIGHT_FACTOR = 4;

  private final Disk disk;
  private final Path directory;
  private final TableShape shape;
  private final ByteCause cause;
  private final LongSupplier numbers;
  private final long tableBytesMax;
  private final List<TableMeta> grandparents;
  private final BlobOutputs blobs;
  private final List<TableMeta> finished = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private final FilterMemory filters;
  private List<RangeTombstone> ranges = List.of();
  private byte @Nullable [] lower;
  private byte @Nullable [] upper;
  private @Nullable TableWriter writer;
  private long number;
  private long identity;
  private int grandparent;
  private long grandparentBytes;
  private boolean done;

  /// @param rewritten the numbers, in ascending order, of the blob files of which no value is to be
  ///   referred to any more
  TableOutputs(
      Tree tree,
      TableShape shape,
      ByteCause cause,
      long tableBytesMax,
      List<TableMeta> grandparents,
      long... rewritten) {
    this.disk = tree.disk;
    this.directory = tree.directory.path();
    this.shape = shape;
    this.cause = cause;
    this.numbers = tree.versions::newNumber;
    this.tableBytesMax = tableBytesMax;
    this.grandparents = grandparents;
    this.blobs = new BlobOutputs(tree, cause, rewritten);
    this.filters = new FilterMemory(tree.filterBytes);
  }

  /// What was written, its bytes and names durable.
  record Written(List<TableMeta> tables, List<BlobMeta> blobs) {
    /// The bytes of all files.
    long bytes() {
      return tables.stream().mapToLong(TableMeta::bytes).sum()
          + blobs.stream().mapToLong(BlobMeta::bytes).sum();
    }
  }

  /// The deleted ranges to write, sorted by their starts, not overlapping for one sequence number.
  ///
  /// @param within they are cut to this; no entry outside is added
  void ranges(List<RangeTombstone> all, KeyBounds within) {
    ranges = all;
    lower = within.from().length == 0 ? null : within.from();
    upper = within.limit();
  }

  /// Says that entries of another key follow: a table may end before it.
  void startKey(MemorySegment key, long offset, int length) {
    boolean crowded = passGrandparents(key, offset, length);
    TableWriter open = writer;
    if (open != null && (crowded || isFull(open))) {
      finishTable(open, key.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private boolean isFull(TableWriter open) {
    long bytes = open.bytes();
    return bytes >= tableBytesMax
        || (bytes + blobs.referredBytes()) / WEIGHT_FACTOR >= tableBytesMax;
  }

  /// Whether the value that a reference names must be added itself.
  boolean rewrites(MemorySegment reference, long offset, int length) {
    return blobs.rewrites(reference, offset, length);
  }

  /// Adds an entry.
  ///
  /// @param isNewKey whether it is the first that is added of its key
  /// @param value the value, or a reference to it where the tag says so
  void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      boolean isNewKey,
      long tag,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    TableWriter open = writer;
    if (open == null) {
      open = begin();
    }
    int kind = Tag.kind(tag);
    if (kind == Tag.PUT && blobs.separates(valueLength)) {
      blobs.append(value, valueOffset, valueLength);
      long there = Tag.of(Tag.sequence(tag), Tag.BLOB);
      MemorySegment reference = blobs.reference();
      open.add(key, keyOffset, keyLength, isNewKey, there, reference, 0, blobs.referenceBytes());
      return;
    }
    if (kind == Tag.BLOB) {
      blobs.takeOver(value, valueOffset, valueLength);
    }
    open.add(key, keyOffset, keyLength, isNewKey, tag, value, valueOffset, valueLength);
  }

  /// Completes the last files and makes the names durable.
  Written finish() {
    TableWriter open = writer;
    if (open == null && !clipped(upper).isEmpty()) {
      open = begin();
    }
    if (open != null) {
      finishTable(open, upper);
    }
    List<BlobMeta> values = blobs.finish();
    if (!finished.isEmpty()) {
      syncNames();
    }
    done = true;
    return new Written(finished, values);
  }

  /// Deletes finished files that will not count.
  static void discard(Tree tree, Written written) {
    List<Path> files = new ArrayList<>();
    Path directory = tree.directory.path();
    written.tables().forEach(t -> files.add(directory.resolve(TableNames.table(t.number()))));
    written.blobs().forEach(blob -> files.add(BlobHandle.path(directory, blob.number())));
    delete(tree.disk, files);
  }

  private static void delete(Disk disk, List<Path> files) {
    for (Path file : files) {
      try {
        disk.delete(file);
      } catch (StorageException _) {
        // The next opening removes what no manifest names.
      }
    }
  }

  /// A failed sync of names is never tried again, also when it is for want of space.
  private void syncNames() {
    try {
      disk.syncDirectory(directory);
    } catch (StorageException.NoSpace e) {
      throw new StorageException.Io(
          directory + ": the names of new tables could not be made durable", e);
    }
  }

  /// Deletes what was written unless it was finished.
  @Override
  public void close() {
    filters.close();
    if (done) {
      return;
    }
    if (writer != null) {
      writer.close();
    }
    blobs.close();
    files.addAll(blobs.files());
    delete(disk, files);
  }

  private TableWriter begin() {
    number = numbers.getAsLong();
    identity = ThreadLocalRandom.current().nextLong();
    Path file = directory.resolve(TableNames.table(number));
    TableWriter opened = new TableWriter(disk, file, identity, shape, cause, filters);
    files.add(file);
    writer = opened;
    return opened;
  }

  private void finishTable(TableWriter open, byte @Nullable [] cut) {
    List<RangeTombstone> mine = clipped(cut);
    mine.forEach(open::addRange);
    TableWriter.Summary summary = open.finish();
    open.close();
    writer = null;
    lower = cut;
    grandparentBytes = 0;
    TableProperties properties = summary.properties();
    finished.add(
        new TableMeta(
            number,
            identity,
            summary.bytes(),
            bounds(properties, mine),
            properties.entries(),
            properties.deletes(),
            properties.rangeDeletes(),
            properties.keyBytes() + properties.valueBytes(),
            properties.sequenceMin(),
            properties.sequenceMax(),
            0,
            blobs.takeReferred()));
  }

  private static KeyBounds bounds(TableProperties properties, List<RangeTombstone> mine) {
    byte[] smallest = properties.smallest();
    byte[] largest = properties.largest();
    KeyBounds bounds =
        smallest == null || largest == null ? null : KeyBounds.closed(smallest, largest);
    for (RangeTombstone range : mine) {
      KeyBounds own = new KeyBounds(range.from(), range.to());
      bounds = bounds == null ? own : bounds.union(own);
    }
    if (bounds == null) {
      throw new IllegalStateException("a table without entries");
    }
    return bounds;
  }

  /// The deleted ranges between the last cut and the next one.
  private List<RangeTombstone> clipped(byte @Nullable [] cut) {
    List<RangeTombstone> mine = new ArrayList<>();
    byte[] start = lower;
    for (RangeTombstone range : ranges) {
      byte[] from = range.from();
      byte[] to = range.to();
      if (start != null && Arrays.compareUnsigned(from, start) < 0) {
        from = start;
      }
      if (cut != null && KeyBounds.compareLimits(to, cut) > 0) {
        to = cut;
      }
      if (to == null || Arrays.compareUnsigned(from, to) < 0) {
        mine.add(new RangeTombstone(from, to, range.sequence()));
      }
    }
    return mine;
  }

  private boolean passGrandparents(MemorySegment key, long offset, int length) {
    while (grandparent < grandparents.size()) {
      TableMeta next = grandparents.get(grandparent);
      byte[] limit = next.bounds().limit();
      if (limit == null
          || Keys.compare(MemorySegment.ofArray(limit), 0, limit.length, key, offset, length) > 0) {
        break;
      }
      grandparentBytes += next.bytes();
      grandparent++;
    }
    return grandparentBytes / GRANDPARENT_FACTOR > tableBytesMax;
  }
}
