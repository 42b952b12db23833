package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.KeyHash;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Appends one batch to a table: values as they come, then the leaves that changed, the new root,
/// deleted ranges, filter and header. Used once, by one thread; the leaves wait in memory, about 25
/// bytes for each entry that is written or was beside one.
///
/// Entries and kept leaves come in the order of their keys.
public final class BatchWriter implements AutoCloseable {
  private static final double FILTER_GROWTH = 1.25;

  private final BatchFile file;
  private final long start;
  private final long identity;
  private final BatchShape shape;
  private final @Nullable Table before;
  private final LeafBuilder leaf = new LeafBuilder();
  private final LeafIndex.Builder index = new LeafIndex.Builder();
  private final HashList hashes = new HashList();
  private final MemorySegment head = Arena.ofAuto().allocate(TableFormat.HEADER_BYTES, 8);
  private MemorySegment leaves;
  private long leavesUsed;
  private long leafExtentBytes;
  private int leafDeletes;
  private byte[] fence = new byte[0];
  private byte @Nullable [] first;
  private byte @Nullable [] last;

  /// What a batch became.
  ///
  /// @param header where its header stands
  /// @param end where the file ends for who reads up to this batch
  /// @param liveBytes bytes below `end` that are still needed
  /// @param first the first key that was written; null when only leaves were kept
  @SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
  public record Summary(
      long header,
      long end,
      long liveBytes,
      long entries,
      long deletes,
      byte @Nullable [] first,
      byte @Nullable [] last) {}

  /// Begins a batch.
  ///
  /// @param before the table that it is appended to; null for a new file
  public BatchWriter(
      Disk disk,
      Path path,
      long identity,
      @Nullable Table before,
      BatchShape shape,
      ByteCause cause) {
    this.before = before;
    this.identity = identity;
    this.shape = shape;
    this.start = before == null ? 0 : before.end();
    this.leaves = Arena.ofAuto().allocate(64 << 10, 64);
    this.file = new BatchFile(disk, path, start, cause);
  }

  /// About how many bytes the table needs so far: for a new file its length.
  public long bytes() {
    return file.position() - start + leavesUsed + leaf.bytes();
  }

  /// How many bytes of the leaf that is being filled are taken.
  public long leafBytes() {
    return leaf.count() == 0 ? 0 : leaf.bytes();
  }

  /// Adds a key with its value.
  ///
  /// @param fresh whether the table's filter does not know the key yet
  public void put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      boolean fresh) {
    if (valueLength <= shape.inlineBytesMax()) {
      int field = valueLength << 2 | TableFormat.INLINE;
      add(key, keyOffset, keyLength, field, 0, value, valueOffset, valueLength);
    } else {
      long position = file.position();
      if (position > TableFormat.EXTENT_MAX) {
        throw new StorageException.LimitExceeded("a table file may not grow over 1 TiB");
      }
      int crc = TableFormat.checksum(identity, position, value, valueOffset, valueLength);
      head.set(Layouts.INT, 0, crc);
      file.append(head, 0, TableFormat.EXTENT_HEAD_BYTES);
      file.append(value, valueOffset, valueLength);
      keep(key, keyOffset, keyLength, position, valueLength);
    }
    note(key, keyOffset, keyLength, fresh);
  }

  /// Adds a key whose value stands in an extent of this file.
  public void keep(MemorySegment key, long keyOffset, int keyLength, long extent, int valueLength) {
    int field = valueLength << 2 | TableFormat.EXTENT;
    add(key, keyOffset, keyLength, field, extent, key, 0, 0);
    leafExtentBytes += TableFormat.EXTENT_HEAD_BYTES + (long) valueLength;
  }

  /// Adds a key with a small value that is already known to the table's filter.
  public void keepInline(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    int field = valueLength << 2 | TableFormat.INLINE;
    add(key, keyOffset, keyLength, field, 0, value, valueOffset, valueLength);
  }

  /// Adds a key that is deleted.
  public void delete(MemorySegment key, long keyOffset, int keyLength, boolean fresh) {
    add(key, keyOffset, keyLength, TableFormat.DELETED, 0, key, 0, 0);
    leafDeletes++;
    note(key, keyOffset, keyLength, fresh);
  }

  /// Keeps a leaf of the table as it is.
  void keepLeaf(LeafIndex old, int ordinal) {
    finishLeaf();
    index.add(
        old.position(ordinal),
        old.size(ordinal),
        old.entries(ordinal),
        old.deletes(ordinal),
        old.extentBytes(ordinal),
        old.fences().fence(ordinal));
    fence =
        ordinal + 1 < old.count() ? old.fences().fence(ordinal + 1) : old.fences().fence(ordinal);
  }

  /// Completes the batch. It is durable when the file was synced.
  ///
  /// @param unsynced takes the file, and syncs and closes it
  /// @param ranges deleted ranges of the table from now on, sorted and apart
  /// @param sequence batches up to this one are in the table
  public Summary finish(List<RangeTombstone> ranges, long sequence, Unsynced unsynced) {
    finishLeaf();
    try (Arena arena = Arena.ofConfined()) {
      file.align();
      index.place(file.position());
      writeLeaves();
      long indexStart = file.position();
      MemorySegment root = arena.allocate(index.encodedBytesMax(), 8);
      long indexBytes = index.encode(root);
      file.append(root, 0, indexBytes);
      MemorySegment block =
          ranges.isEmpty() ? MemorySegment.NULL : RangeBlock.encode(ranges, arena);
      long rangesStart = file.position();
      file.append(block, 0, block.byteSize());
      Filter filter = filter(arena);
      long filterStart = file.position();
      file.append(filter.bits, 0, filter.bits.byteSize());
      long position = file.position();
      long rest = position + TableFormat.HEADER_BYTES - indexStart;
      TableHeader header =
          new TableHeader(
              position,
              before == null ? -1 : before.header().position(),
              start,
              (int) indexBytes,
              TableFormat.checksum(identity, indexStart, root, 0, indexBytes),
              (int) block.byteSize(),
              TableFormat.checksum(identity, rangesStart, block, 0, block.byteSize()),
              (int) (filter.bits.byteSize() / TableFormat.FILTER_LINE_BYTES),
              TableFormat.checksum(identity, filterStart, filter.bits, 0, filter.bits.byteSize()),
              filter.keys,
              filter.probes,
              index.sum(0) + index.sum(3) + rest,
              index.sum(1),
              index.sum(2),
              sequence);
      header.encode(identity, head);
      file.append(head, 0, TableFormat.HEADER_BYTES);
      file.align();
      unsynced.add(file.release());
      return new Summary(
          position,
          file.position(),
          header.liveBytes(),
          header.entries(),
          header.deletes(),
          first,
          last);
    }
  }

  @Override
  public void close() {
    file.close();
  }

  private void note(MemorySegment key, long offset, int length, boolean fresh) {
    if (fresh) {
      hashes.add(KeyHash.of(key, offset, length));
    }
  }

  private void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      int field,
      long pointer,
      MemorySegment inline,
      long inlineOffset,
      int inlineLength) {
    if (leaf.count() > 0
        && leaf.bytesWith(key, keyOffset, keyLength, field, inlineLength)
            > TableFormat.PAGE_BYTES) {
      byte[] separator = separator(key, keyOffset, keyLength);
      finishLeaf();
      fence = separator;
    }
    if (first == null) {
      first = bytes(key, keyOffset, keyLength);
    }
    leaf.add(key, keyOffset, keyLength, field, pointer, inline, inlineOffset, inlineLength);
  }

  /// The shortest key that is behind the leaf's last one, and not behind the given one.
  private byte[] separator(MemorySegment key, long offset, int length) {
    int shared =
        Keys.sharedLength(leaf.keys(), leaf.lastKey(), leaf.lastKeyLength(), key, offset, length);
    return bytes(key, offset, Math.min(length, shared + 1));
  }

  private void finishLeaf() {
    if (leaf.count() == 0) {
      return;
    }
    int size = (int) TableFormat.alignUp(leaf.bytes());
    if (size > TableFormat.LEAF_BYTES_MAX) {
      throw new StorageException.LimitExceeded("a leaf of " + size + " bytes");
    }
    if (leavesUsed + size > leaves.byteSize()) {
      MemorySegment larger = Arena.ofAuto().allocate(2 * (leavesUsed + size), 64);
      MemorySegment.copy(leaves, 0, larger, 0, leavesUsed);
      leaves = larger;
    }
    leaf.encode(leaves, leavesUsed, size);
    index.add(-1 - leavesUsed, size, leaf.count(), leafDeletes, leafExtentBytes, fence);
    last = bytes(leaf.keys(), leaf.lastKey(), leaf.lastKeyLength());
    leavesUsed += size;
    leafExtentBytes = 0;
    leafDeletes = 0;
    leaf.clear();
  }

  private void writeLeaves() {
    long base = file.position();
    for (long at = 0; at < leavesUsed; ) {
      int size = leaves.get(Layouts.INT, at + TableFormat.LEAF_BYTES);
      int crc = TableFormat.checksum(identity, base + at, leaves, at + 4, size - 4L);
      leaves.set(Layouts.INT, at + TableFormat.LEAF_CRC, crc);
      at += size;
    }
    file.append(leaves, 0, leavesUsed);
  }

  private record Filter(MemorySegment bits, int probes, long keys) {}

  /// The filter of the table before with the new keys, while it has room for them; else a new one
  /// with the keys of all leaves.
  private Filter filter(Arena arena) {
    if (shape.filterBitsPerKey() == 0) {
      return new Filter(MemorySegment.NULL, 0, 0);
    }
    Table old = before;
    if (old != null) {
      TableHeader header = old.header();
      long keys = header.filterKeys() + hashes.size();
      if (header.filterLines() > 0
          && keys * shape.filterBitsPerKey() <= 8.0 * header.filterBytes()) {
        MemorySegment bits = arena.allocate(header.filterBytes(), 64);
        MemorySegment.copy(old.segment(), header.filterPosition(), bits, 0, bits.byteSize());
        hashes.addTo(bits, header.probes());
        return new Filter(bits, header.probes(), keys);
      }
      hashes.clear();
      collectHashes(old);
    }
    double growth = old == null ? 1 : FILTER_GROWTH;
    long keys = hashes.size();
    long lines = BloomFilter.lines((long) (keys * growth), shape.filterBitsPerKey());
    MemorySegment bits = arena.allocate(lines * TableFormat.FILTER_LINE_BYTES, 64);
    int probes = BloomFilter.probes(shape.filterBitsPerKey());
    hashes.addTo(bits, probes);
    return new Filter(bits, probes, keys);
  }

  private void collectHashes(Table old) {
    LeafHashes reader = new LeafHashes(hashes);
    for (int i = 0; i < index.count(); i++) {
      long position = index.position(i);
      if (position < old.end()) {
        old.requireLeaf(position, index.size(i));
        reader.add(old.segment(), position, index.size(i));
      } else {
        reader.add(leaves, position - index.leavesStart(), index.size(i));
      }
    }
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
