package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// One state of a table: what the batches up to one header made of it. The bytes below the end of
/// that batch never change, so they are mapped once and read without a lock, whatever is appended
/// meanwhile.
///
/// Any thread may read it until it is closed. Everything is checked when it is read.
public final class Table implements AutoCloseable {
  private final Path path;
  private final long identity;
  private final long end;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final TableHeader header;
  private final LeafIndex index;
  private final RangeTombstones tombstones;

  /// Opens a table up to a header.
  ///
  /// @param position where the header stands
  /// @param end where its batch ends
  public Table(Disk disk, Path path, long identity, long position, long end) {
    this.path = path;
    this.identity = identity;
    this.end = end;
    boolean done = false;
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      if (file.size() < end) {
        throw new StorageException.Corrupt(
            path, file.size(), "the manifest says that the table has " + end + " bytes");
      }
      segment = file.map(0, end, arena);
      file.advise(0, end, ReadAdvice.RANDOM);
      header = readHeader(position);
      index = readIndex();
      tombstones = readRanges();
      checkFilter();
      done = true;
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  private TableHeader readHeader(long position) {
    if (position < 0 || position + TableFormat.HEADER_BYTES > end) {
      throw new StorageException.Corrupt(path, position, "no table header fits here");
    }
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment bytes = scratch.allocate(TableFormat.HEADER_BYTES, 8);
      MemorySegment.copy(segment, position, bytes, 0, TableFormat.HEADER_BYTES);
      return TableHeader.decode(path, identity, position, bytes);
    }
  }

  private LeafIndex readIndex() {
    long position = header.indexPosition();
    int found = TableFormat.checksum(identity, position, segment, position, header.indexBytes());
    LeafIndex decoded =
        found == header.indexCrc()
            ? LeafIndex.decode(segment, position, header.indexBytes())
            : null;
    if (decoded == null) {
      throw new StorageException.Corrupt(path, position, "the table's index is not as written");
    }
    return decoded;
  }

  private RangeTombstones readRanges() {
    if (header.rangesBytes() == 0) {
      return RangeTombstones.EMPTY;
    }
    long position = header.rangesPosition();
    int found = TableFormat.checksum(identity, position, segment, position, header.rangesBytes());
    var decoded =
        found == header.rangesCrc()
            ? RangeBlock.decode(segment, position, header.rangesBytes())
            : null;
    if (decoded == null) {
      throw new StorageException.Corrupt(path, position, "its deleted ranges are not as written");
    }
    return RangeTombstones.of(decoded);
  }

  private void checkFilter() {
    long position = header.filterPosition();
    int found = TableFormat.checksum(identity, position, segment, position, header.filterBytes());
    if (found != header.filterCrc()) {
      throw new StorageException.Corrupt(path, position, "the table's filter is not as written");
    }
  }

  /// Where the next batch begins.
  public long end() {
    return end;
  }

  /// How many entries it has, deletes included.
  public long entries() {
    return header.entries();
  }

  /// How many entries are deletes.
  public long deletes() {
    return header.deletes();
  }

  /// The memory it holds, mappings not counted.
  public long bytesHeld() {
    return index.bytesHeld();
  }

  /// The ranges that it deletes from older tables.
  public RangeTombstones tombstones() {
    return tombstones;
  }

  /// The leaves' bytes and the bytes they refer to, between two keys: an estimate.
  ///
  /// @param limit empty for no limit
  public long bytesBetween(byte[] from, byte[] limit) {
    int low = leafAt(from);
    int high = limit.length == 0 ? index.count() : leafAt(limit) + 1;
    long bytes = 0;
    for (int i = Math.max(0, low); i < Math.min(high, index.count()); i++) {
      bytes += index.size(i) + index.extentBytes(i);
    }
    return bytes;
  }

  /// The bytes of leaves that lie between two keys.
  ///
  /// @param limit empty for no limit
  public long leafBytesBetween(byte[] from, byte[] limit) {
    int low = leafAt(from);
    int high = limit.length == 0 ? index.count() : leafAt(limit) + 1;
    return (long) Math.max(0, Math.min(high, index.count()) - Math.max(0, low))
        * TableFormat.PAGE_BYTES;
  }

  private int leafAt(byte[] key) {
    return index.leafOf(MemorySegment.ofArray(key), 0, key.length);
  }

  /// Whether it may hold a key; false is sure.
  public boolean mayContain(Lookup lookup) {
    int lines = header.filterLines();
    if (lines == 0) {
      return index.count() > 0;
    }
    long line = header.filterPosition() + BloomFilter.lineOffset(lookup.hash(), lines);
    return BloomFilter.mayContain(segment, line, lookup.hash(), header.probes());
  }

  /// Finds the entry of a key, a delete as well.
  ///
  /// @return whether there is one; the lookup then names it
  public boolean find(Lookup lookup) {
    int leaf = index.leafOf(lookup.key(), 0, lookup.length());
    if (leaf < 0) {
      return false;
    }
    lookup.touch();
    LeafPage page = openLeaf(leaf, lookup.leaf);
    int slot = page.find(lookup.key(), 0, lookup.length());
    if (slot < 0) {
      return false;
    }
    page.entry(slot);
    switch (page.kind()) {
      case TableFormat.EXTENT -> {
        lookup.touch();
        long value = requireExtent(page.extent(), page.valueLength());
        lookup.found(Tag.PUT, segment, value, page.valueLength());
      }
      case TableFormat.INLINE -> lookup.found(Tag.PUT, segment, page.inline(), page.valueLength());
      default -> lookup.found(Tag.DELETE, segment, 0, 0);
    }
    return true;
  }

  /// Checks everything that this state refers to.
  public void verify() {
    LeafPage page = new LeafPage();
    for (int i = 0; i < index.count(); i++) {
      openLeaf(i, page);
      if (page.count() != index.entries(i)) {
        throw new StorageException.Corrupt(
            path,
            index.position(i),
            "the leaf has " + page.count() + " entries, its root says " + index.entries(i));
      }
      for (int slot = 0; slot < page.count(); slot++) {
        page.entry(slot);
        if (page.kind() == TableFormat.EXTENT) {
          requireExtent(page.extent(), page.valueLength());
        }
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  Path path() {
    return path;
  }

  TableHeader header() {
    return header;
  }

  LeafIndex index() {
    return index;
  }

  MemorySegment segment() {
    return segment;
  }

  LeafPage openLeaf(int leaf, LeafPage page) {
    long position = index.position(leaf);
    int bytes = index.size(leaf);
    requireLeaf(position, bytes);
    if (!page.open(segment, position, bytes)) {
      throw new StorageException.Corrupt(path, position, "the leaf has not its form");
    }
    return page;
  }

  void requireLeaf(long position, int bytes) {
    if (position + bytes > end) {
      throw new StorageException.Corrupt(path, position, "a leaf is said to lie behind the end");
    }
    int crc = segment.get(Layouts.INT, position + TableFormat.LEAF_CRC);
    int found = TableFormat.checksum(identity, position, segment, position + 4, bytes - 4L);
    if (crc != found) {
      throw new StorageException.Corrupt(
          path, position, "the leaf's checksum is " + crc + ", its bytes give " + found);
    }
  }

  /// Checks a value.
  ///
  /// @return where its bytes begin
  long requireExtent(long extent, int length) {
    long value = extent + TableFormat.EXTENT_HEAD_BYTES;
    if (value + length > end) {
      throw new StorageException.Corrupt(path, extent, "a value is said to lie behind the end");
    }
    int crc = segment.get(Layouts.INT, extent);
    int found = TableFormat.checksum(identity, extent, segment, value, length);
    if (crc != found) {
      throw new StorageException.Corrupt(
          path, extent, "the value's checksum is " + crc + ", its bytes give " + found);
    }
    return value;
  }
}
