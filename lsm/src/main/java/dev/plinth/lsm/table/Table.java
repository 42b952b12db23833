package dev.plinth.lsm.table;

import dev.plinth.kit.disk.Readahead;
import dev.plinth.kit.memory.Fences;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An open table: the file mapped for reading, the top of its index and its deleted ranges in
/// memory.
///
/// Any thread may read it until [#close()], which nobody may race with. No descriptor is kept. A
/// block's checksum is verified when the block is first touched after the table was opened; a wrong
/// one is [StorageException.Corrupt] with file and offset.
public final class Table implements AutoCloseable {
  /// How far ahead a verification tells the disk what it will read.
  private static final long VERIFY_AHEAD_BYTES = 2 << 20;

  private final Path path;
  private final Disk disk;
  private final BlockCache cache;
  private final long identity;
  private final long tagBase;
  private final long sequenceMax;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment file;
  private final TableProperties properties;
  private final int granuleShift;
  private final long[] verified;
  private final Fences top;
  private final long[] partitionOffsets;
  private final int[] partitionBytes;
  private final RangeTombstones tombstones;

  /// Opens a table.
  ///
  /// @param identity what it was written with
  /// @param bytes the size it must have
  /// @param sequenceBase added to every sequence number in it: not 0 for an ingested table
  /// @param cache holds unpacked blocks
  public Table(
      Disk disk, Path path, long identity, long bytes, long sequenceBase, BlockCache cache) {
    this.disk = disk;
    this.path = path;
    this.cache = cache;
    this.identity = identity;
    this.tagBase = sequenceBase << Tag.KIND_BITS;
    boolean opened = false;
    try {
      this.file = map(disk, path, bytes, arena);
      this.properties = readProperties(bytes);
      this.granuleShift = (int) properties.granuleShift();
      this.verified = new long[(int) ((bytes >>> granuleShift) / 64) + 1];
      this.sequenceMax = properties.sequenceMax() + sequenceBase;
      List<TopIndex.Partition> partitions = readTop();
      this.partitionOffsets =
          partitions.stream().mapToLong(p -> p.granules() << granuleShift).toArray();
      this.partitionBytes = partitions.stream().mapToInt(TopIndex.Partition::bytes).toArray();
      this.top = new Fences(partitions.stream().map(TopIndex.Partition::key).toList());
      this.tombstones = readRanges(sequenceBase);
      opened = true;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /// The name of its file.
  public Path path() {
    return path;
  }

  /// What it tells about itself.
  public TableProperties properties() {
    return properties;
  }

  /// Its deleted ranges.
  public RangeTombstones tombstones() {
    return tombstones;
  }

  /// The highest sequence number in it.
  public long sequenceMax() {
    return sequenceMax;
  }

  /// The size of its file.
  public long bytes() {
    return file.byteSize();
  }

  /// How many bytes of memory it holds beside its mapping.
  public long bytesHeld() {
    return 8L * verified.length + top.bytesHeld() + 12L * partitionOffsets.length;
  }

  /// How many index blocks it has: each tells of about as many bytes of entries.
  public int indexBlocks() {
    return partitionOffsets.length;
  }

  /// A key at or behind the last one that an index block tells of, and before the first one of the
  /// next.
  public byte[] indexKey(int block) {
    return top.fence(block);
  }

  /// Whether a key may be in it; false is certain.
  public boolean mayContain(Lookup lookup) {
    long lines = properties.filterLines();
    if (lines == 0) {
      return properties.entries() > 0;
    }
    if (properties.filterSegment() > 0) {
      return mayContainBySlots(lookup.hash(), lines, (int) properties.filterSegment());
    }
    long line = BloomFilter.lineOffset(lookup.hash(), lines);
    long page = line & -TableFormat.FILTER_PAGE_BYTES;
    long start = properties.filterOffset();
    verifyFilterPage(start + page, page);
    return BloomFilter.mayContain(file, start + line, lookup.hash(), (int) properties.probes());
  }

  private boolean mayContainBySlots(long hash, long slots, int segment) {
    long mixed = FuseFilter.mix(hash, properties.filterSeed());
    int first = FuseFilter.slot0(mixed, slots, segment);
    int sum =
        fingerprint(first)
            ^ fingerprint(FuseFilter.slot1(mixed, first, segment))
            ^ fingerprint(FuseFilter.slot2(mixed, first, segment));
    return (byte) sum == FuseFilter.fingerprint(mixed);
  }

  private byte fingerprint(int slot) {
    int ordinal = slot / TableFormat.FILTER_PAGE_SLOTS;
    long page = (long) ordinal * TableFormat.FILTER_PAGE_BYTES;
    long start = properties.filterOffset() + page;
    verifyFilterPage(start, page);
    return file.get(Layouts.BYTE, start + slot % TableFormat.FILTER_PAGE_SLOTS);
  }

  /// Finds the newest entry of the key at or behind a tag.
  ///
  /// @return whether there is one; the lookup then names it
  public boolean find(Lookup lookup, long tag) {
    MemorySegment key = lookup.key();
    int length = lookup.length();
    long target = tag - tagBase;
    Block index = lookup.index;
    Block data = lookup.data;
    int partition = top.lowerBound(key, 0, length);
    if (partition == partitionOffsets.length) {
      return false;
    }
    partition(index, partition);
    lookup.touch();
    int ordinal = index.lowerBound(key, 0, length, Tag.FIRST);
    while (true) {
      dataBlock(index, ordinal, data, lookup.unpacker, true, null);
      lookup.touch();
      int entry = data.find(key, 0, length, lookup.hash(), target);
      if (entry < 0) {
        return false;
      }
      if (entry < data.count) {
        lookup.found(data.tag + tagBase, data.segment, data.valueOffset, data.valueLength);
        return true;
      }
      if (++ordinal == index.count) {
        if (++partition == partitionOffsets.length) {
          return false;
        }
        partition(index, partition);
        ordinal = 0;
      }
    }
  }

  /// About how many bytes of the file lie before a key.
  public long approximateOffset(MemorySegment key, long offset, int length) {
    int partition = top.lowerBound(key, offset, length);
    if (partition == partitionOffsets.length) {
      return file.byteSize();
    }
    Block index = new Block(1);
    partition(index, partition);
    index.decode(index.lowerBound(key, offset, length, Tag.FIRST));
    long granules = Varint.get(index.segment, index.valueOffset, Long.MAX_VALUE);
    return granules << granuleShift;
  }

  /// Checks every byte that has a checksum, whether or not it was checked before.
  public void verify() {
    Arrays.fill(verified, 0);
    Block index = new Block(1);
    Block data = new Block(TableFormat.RESTART_INTERVAL);
    verifyBlock(properties.topOffset(), (int) properties.topBytes());
    readProperties(file.byteSize());
    if (properties.rangesBytes() > 0) {
      verifyBlock(properties.rangesOffset(), (int) properties.rangesBytes());
    }
    for (long page = 0; page < filterBytes(); page += TableFormat.FILTER_PAGE_BYTES) {
      verifyFilterPage(properties.filterOffset() + page, page);
    }
    UnpackedBlocks unpacker = new UnpackedBlocks();
    Readahead ahead = new Readahead(new Readahead.Allowance(VERIFY_AHEAD_BYTES), 0);
    long entries = 0;
    for (int partition = 0; partition < partitionOffsets.length; partition++) {
      partition(index, partition);
      for (int i = 0; i < index.count; i++) {
        dataBlock(index, i, data, unpacker, false, ahead);
        entries += data.count;
      }
    }
    unpacker.release();
    if (entries != properties.entries()) {
      throw corrupt(0, properties.entries() + " entries expected, " + entries + " found");
    }
  }

  /// Unmaps it.
  @Override
  public void close() {
    arena.close();
  }

  int partitionOf(MemorySegment key, long offset, int length) {
    return top.lowerBound(key, offset, length);
  }

  long tagBase() {
    return tagBase;
  }

  /// Looks at a partition of the index.
  void partition(Block index, int partition) {
    block(index, partitionOffsets[partition], partitionBytes[partition]);
  }

  /// Looks at the data block that an index entry names.
  ///
  /// @param unpacker holds the block when it is compressed
  /// @param keep whether an unpacked block is put into the cache
  /// @param ahead is told of the block when the reader may go on behind it
  void dataBlock(
      Block index,
      int ordinal,
      Block data,
      UnpackedBlocks unpacker,
      boolean keep,
      @Nullable Readahead ahead) {
    index.decode(ordinal);
    long granules = Varint.get(index.segment, index.valueOffset, Long.MAX_VALUE);
    int bytes =
        Varint.getInt(index.segment, index.valueOffset + Varint.size(granules), Long.MAX_VALUE);
    long offset = granules << granuleShift;
    if (ahead != null) {
      ahead.read(disk, file, offset, bytes, properties.dataBytes());
    }
    verifyOnce(offset, bytes);
    if (file.get(Layouts.BYTE, offset + bytes) == TableFormat.KIND_RAW) {
      data.set(file, offset, bytes);
    } else {
      unpacker.show(cache, keep, identity, path, file, offset, bytes, data);
    }
  }

  private void block(Block block, long offset, int bytes) {
    verifyOnce(offset, bytes);
    block.set(file, offset, bytes);
  }

  private void verifyOnce(long offset, int bytes) {
    long granule = offset >>> granuleShift;
    int word = (int) (granule >>> 6);
    if ((verified[word] & 1L << granule) == 0) {
      verifyBlock(offset, bytes);
      verified[word] |= 1L << granule;
    }
  }

  private void verifyBlock(long offset, int bytes) {
    if (offset < 0 || bytes < 0 || offset + bytes + TableFormat.TRAILER_BYTES > file.byteSize()) {
      throw corrupt(offset, "a block of " + bytes + " bytes goes over the end of the table");
    }
    int expected = file.get(Layouts.INT, offset + bytes + 1);
    int found = TableFormat.checksum(identity, offset, file, offset, bytes + 1L);
    if (expected != found) {
      throw corrupt(offset, checksumText(bytes, expected, found));
    }
  }

  private long filterBytes() {
    long lines = properties.filterLines();
    if (properties.filterSegment() == 0) {
      return BloomFilter.bytes(lines);
    }
    return lines + 4 * ((lines - 1) / TableFormat.FILTER_PAGE_SLOTS + 1);
  }

  private void verifyFilterPage(long offset, long page) {
    long granule = offset >>> granuleShift;
    int word = (int) (granule >>> 6);
    if ((verified[word] & 1L << granule) != 0) {
      return;
    }
    long body = filterPageBody(page / TableFormat.FILTER_PAGE_BYTES);
    int expected = file.get(Layouts.INT, offset + body);
    int found = TableFormat.checksum(identity, offset, file, offset, body);
    if (expected != found) {
      throw corrupt(offset, checksumText(body, expected, found));
    }
    verified[word] |= 1L << granule;
  }

  private long filterPageBody(long ordinal) {
    long lines = properties.filterLines();
    if (properties.filterSegment() > 0) {
      return Math.min(
          TableFormat.FILTER_PAGE_SLOTS, lines - ordinal * TableFormat.FILTER_PAGE_SLOTS);
    }
    long rest = lines - ordinal * TableFormat.FILTER_PAGE_LINES;
    return Math.min(TableFormat.FILTER_PAGE_LINES, rest) * TableFormat.FILTER_LINE_BYTES;
  }

  private TableProperties readProperties(long bytes) {
    long footer = bytes - TableFormat.FOOTER_BYTES;
    if (footer < 0) {
      throw corrupt(0, "a table has at least " + TableFormat.FOOTER_BYTES + " bytes");
    }
    if (file.get(Layouts.LONG, footer + TableFormat.FOOTER_MAGIC) != TableFormat.MAGIC) {
      throw corrupt(footer + TableFormat.FOOTER_MAGIC, "no table ends here");
    }
    int expected = file.get(Layouts.INT, footer + TableFormat.FOOTER_CRC);
    int found = TableFormat.checksum(identity, footer, file, footer, TableFormat.FOOTER_CRC);
    if (expected != found) {
      throw corrupt(footer, checksumText(TableFormat.FOOTER_CRC, expected, found));
    }
    short version = file.get(Layouts.SHORT, footer + TableFormat.FOOTER_VERSION);
    if (version < 1 || version > TableFormat.VERSION_BLOBS) {
      throw new StorageException.UnsupportedFormat(
          path + ": table format version " + version + "; this program reads versions 1 and 2");
    }
    long offset = file.get(Layouts.LONG, footer + TableFormat.FOOTER_PROPERTIES_OFFSET);
    int length = file.get(Layouts.INT, footer + TableFormat.FOOTER_PROPERTIES_BYTES);
    verifyBlock(offset, length);
    TableProperties read = TableProperties.decode(file, offset, length);
    if (read == null) {
      throw corrupt(offset, "the properties have not their form");
    }
    return read;
  }

  private List<TopIndex.Partition> readTop() {
    int bytes = (int) properties.topBytes();
    verifyBlock(properties.topOffset(), bytes);
    List<TopIndex.Partition> read = TopIndex.decode(file, properties.topOffset(), bytes);
    if (read == null) {
      throw corrupt(properties.topOffset(), "the top of the index has not its form");
    }
    return read;
  }

  private RangeTombstones readRanges(long sequenceBase) {
    int bytes = (int) properties.rangesBytes();
    if (bytes == 0) {
      return RangeTombstones.EMPTY;
    }
    verifyBlock(properties.rangesOffset(), bytes);
    List<RangeTombstone> ranges =
        RangeBlock.decode(file, properties.rangesOffset(), bytes, sequenceBase);
    if (ranges == null) {
      throw corrupt(properties.rangesOffset(), "the deleted ranges have not their form");
    }
    return RangeTombstones.of(ranges);
  }

  private StorageException.Corrupt corrupt(long offset, String detail) {
    return new StorageException.Corrupt(path, offset, detail);
  }

  /// Says that a checksum is wrong.
  static String checksumText(long bytes, int expected, int found) {
    return String.format(
        "the checksum of %d bytes is %08x, and %08x is stored", bytes, found, expected);
  }

  /// Maps a whole file that must have a size, for reads at random places.
  static MemorySegment map(Disk disk, Path path, long bytes, Arena arena) {
    try (DiskFile open = disk.open(path, OpenMode.READ)) {
      long size = open.size();
      if (size != bytes) {
        throw new StorageException.Corrupt(
            path, Math.min(size, bytes), bytes + " bytes expected, " + size + " found");
      }
      open.advise(0, 0, ReadAdvice.RANDOM);
      return open.map(0, bytes, arena);
    }
  }
}
