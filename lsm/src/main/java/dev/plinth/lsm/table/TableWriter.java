package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Packer;
import dev.plinth.kit.memory.KeyHash;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes a table from front to back, in the form of [TableFormat].
///
/// Entries come in the order of [Tag]. For one thread, the one that makes it. After [#finish()] the
/// bytes are durable, the file's name is not: sync its folder. After an error, or when it is not
/// wanted, [#close()] and delete the file.
public final class TableWriter implements AutoCloseable {
  private final long identity;
  private final TableShape shape;
  private final TableFile file;
  private final List<MemorySegment> partitions = new ArrayList<>();
  private final List<byte[]> partitionKeys = new ArrayList<>();
  private final List<RangeTombstone> ranges = new ArrayList<>();
  private final Arena arena = Arena.ofConfined();
  private final BlockWriter data = new BlockWriter(TableFormat.RESTART_INTERVAL, true, arena);
  private final BlockWriter index = new BlockWriter(1, false, arena);
  private final MemorySegment handle = arena.allocate(16);
  private final int granuleShift;
  private final @Nullable Packer compressor;
  private final FilterMemory filters;
  private byte[] lastKey = new byte[64];
  private MemorySegment lastKeySegment = MemorySegment.ofArray(lastKey);
  private int lastKeyLength;
  private byte[] separator = new byte[64];
  private MemorySegment separatorSegment = MemorySegment.ofArray(separator);
  private int separatorLength;
  private byte @Nullable [] smallest;
  private long pendingOffset = -1;
  private int pendingBytes;
  private long entries;
  private long deletes;
  private long keyBytes;
  private long valueBytes;
  private long dataBlocks;
  private long sequenceMin = Long.MAX_VALUE;
  private long sequenceMax;
  private short version = TableFormat.VERSION;

  /// Begins a table in a file that must not exist.
  ///
  /// @param identity mixed into every checksum; no two tables have the same
  /// @param filters no other table may use it before this one is closed
  public TableWriter(
      Disk disk,
      Path path,
      long identity,
      TableShape shape,
      ByteCause cause,
      FilterMemory filters) {
    this.identity = identity;
    this.shape = shape;
    this.filters = filters;
    filters.clear();
    this.granuleShift = shape.granuleShift();
    this.compressor =
        shape.compression() == Compression.NONE ? null : new Packer(shape.compression());
    boolean opened = false;
    try {
      this.file = new TableFile(disk, path, identity, cause, arena);
      opened = true;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /// Adds an entry.
  ///
  /// @param isNewKey whether it is the first of its key in this table
  /// @param value the value, or a [BlobReference] where the tag says so
  public void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      boolean isNewKey,
      long tag,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    if (!data.isEmpty()
        && (data.isFull()
            || data.bytesWith(keyLength, valueLength) + TableFormat.TRAILER_BYTES
                > shape.blockBytes())) {
      finishData();
    }
    if (pendingOffset >= 0) {
      indexPending(key, keyOffset, keyLength);
    }
    if (isNewKey) {
      filters.add(KeyHash.of(key, keyOffset, keyLength));
    }
    data.add(key, keyOffset, keyLength, filters.last(), tag, value, valueOffset, valueLength);
    count(keyLength, tag, value, valueOffset, valueLength);
    if (entries == 1) {
      smallest = new byte[keyLength];
      data.lastKey(smallest);
    }
  }

  /// Adds a deleted range.
  public void addRange(RangeTombstone range) {
    ranges.add(range);
    sequenceMin = Math.min(sequenceMin, range.sequence());
    sequenceMax = Math.max(sequenceMax, range.sequence());
  }

  /// How many entries were added.
  public long entries() {
    return entries;
  }

  /// Whether neither entry nor range was added.
  public boolean isEmpty() {
    return entries == 0 && ranges.isEmpty();
  }

  /// About how many bytes the table has so far.
  public long bytes() {
    return file.position() + (long) (filters.count() * shape.filterBitsPerKey() / 8);
  }

  /// Writes the rest and makes the bytes durable.
  public Summary finish() {
    if (!data.isEmpty()) {
      finishData();
    }
    if (pendingOffset >= 0) {
      indexPending(lastKeySegment, 0, -1);
    }
    if (!index.isEmpty()) {
      finishPartition();
    }
    long dataBytes = file.position();
    FilterWriter filter = new FilterWriter(file, identity, filters);
    filter.write(shape, 1L << granuleShift);
    List<TopIndex.Partition> top = writePartitions();
    file.align(1L << granuleShift);
    long topOffset = file.position();
    int topBytes = writeTop(top);
    file.align(1L << granuleShift);
    long rangesOffset = file.position();
    int rangesBytes = writeRanges();
    file.align(1L << granuleShift);
    TableProperties properties =
        new TableProperties(
            entries,
            deletes,
            ranges.size(),
            keyBytes,
            valueBytes,
            dataBytes,
            dataBlocks,
            sequenceMin,
            sequenceMax,
            granuleShift,
            BloomFilter.probes(shape.filterBitsPerKey()),
            filter.offset(),
            filter.lines(),
            filter.segment(),
            filter.seed(),
            topOffset,
            topBytes,
            rangesOffset,
            rangesBytes,
            smallest,
            smallest == null ? null : Arrays.copyOf(lastKey, lastKeyLength));
    writeTail(properties);
    file.sync();
    return new Summary(properties, file.position());
  }

  /// Closes the file and frees the memory.
  @Override
  public void close() {
    try {
      file.close();
    } finally {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }

  private void count(
      int keyLength, long tag, MemorySegment value, long valueOffset, int valueLength) {
    entries++;
    deletes += Tag.kind(tag) == Tag.DELETE ? 1 : 0;
    keyBytes += keyLength;
    if (Tag.kind(tag) == Tag.BLOB) {
      valueBytes += BlobReference.valueBytes(value, valueOffset, valueLength);
      version = TableFormat.VERSION_BLOBS;
    } else {
      valueBytes += valueLength;
    }
    long sequence = Tag.sequence(tag);
    sequenceMin = Math.min(sequenceMin, sequence);
    sequenceMax = Math.max(sequenceMax, sequence);
  }

  private void rememberLastKey() {
    int length = data.lastKeyLength();
    if (length > lastKey.length) {
      lastKey = new byte[Math.max(length, 2 * lastKey.length)];
      lastKeySegment = MemorySegment.ofArray(lastKey);
    }
    data.lastKey(lastKey);
    lastKeyLength = length;
  }

  private void finishData() {
    rememberLastKey();
    int bytes = data.finish();
    Packer packer = compressor;
    int packed =
        packer == null
            ? -1
            : packer.pack(
                data.segment(), 0, bytes, TableFormat.RAW_BYTES, TableFormat.TRAILER_BYTES);
    if (packer != null && packed >= 0) {
      packer.segment().set(Layouts.INT, 0, bytes);
      file.align(1L << granuleShift);
      pendingOffset = file.position();
      pendingBytes = packed;
      file.appendBlock(packer.segment(), packed, packer.compression().code());
    } else {
      alignForBlock();
      pendingOffset = file.position();
      pendingBytes = bytes;
      file.appendBlock(data.segment(), bytes, TableFormat.KIND_RAW);
    }
    data.clear();
    dataBlocks++;
  }

  /// A block goes to a multiple of the block size where little is lost by that, so that a cold read
  /// of it touches as few pages as can be.
  private void alignForBlock() {
    long rest = -file.position() & (shape.blockBytes() - 1L);
    boolean powerOfTwo = Integer.bitCount(shape.blockBytes()) == 1;
    file.align(
        powerOfTwo && rest <= shape.blockBytes() / 8 ? shape.blockBytes() : 1L << granuleShift);
  }

  /// Adds the index entry of the finished block, now that the next key is known.
  ///
  /// @param nextLength less than 0 when there is no next key
  private void indexPending(MemorySegment next, long nextOffset, int nextLength) {
    int length = lastKeyLength;
    if (nextLength >= 0) {
      int shared =
          Keys.sharedLength(lastKeySegment, 0, lastKeyLength, next, nextOffset, nextLength);
      length = separator(shared, next, nextOffset, nextLength);
    }
    long at = Varint.put(handle, 0, pendingOffset >>> granuleShift);
    int size = (int) Varint.put(handle, at, pendingBytes);
    boolean higher = length < 0;
    length = Math.abs(length);
    if (!index.isEmpty()
        && (index.isFull() || index.bytesWith(length, size) > shape.blockBytes())) {
      finishPartition();
    }
    rememberSeparator(length, higher);
    index.add(separatorSegment, 0, length, 0, 0, handle, 0, size);
    pendingOffset = -1;
  }

  /// @param length how much of the last key is the separator
  /// @param higher whether its last byte is one higher there
  private void rememberSeparator(int length, boolean higher) {
    if (length > separator.length) {
      separator = new byte[2 * length];
      separatorSegment = MemorySegment.ofArray(separator);
    }
    System.arraycopy(lastKey, 0, separator, 0, length);
    if (higher) {
      separator[length - 1]++;
    }
    separatorLength = length;
  }

  /// The length of the shortest separator between the last key and the next: that many bytes of the
  /// last key; negative when its last byte is to be one higher.
  private int separator(int shared, MemorySegment next, long nextOffset, int nextLength) {
    if (shared >= lastKeyLength || shared >= nextLength) {
      return lastKeyLength;
    }
    int mine = lastKey[shared] & 0xff;
    int its = next.get(ValueLayout.JAVA_BYTE, nextOffset + shared) & 0xff;
    return mine + 1 < its ? -(shared + 1) : lastKeyLength;
  }

  private void finishPartition() {
    int bytes = index.finish();
    MemorySegment copy = arena.allocate(bytes + TableFormat.TRAILER_BYTES);
    MemorySegment.copy(index.segment(), 0, copy, 0, bytes);
    partitions.add(copy);
    partitionKeys.add(Arrays.copyOf(separator, separatorLength));
    index.clear();
  }

  private List<TopIndex.Partition> writePartitions() {
    List<TopIndex.Partition> top = new ArrayList<>();
    for (int i = 0; i < partitions.size(); i++) {
      file.align(1L << granuleShift);
      MemorySegment block = partitions.get(i);
      int bytes = (int) block.byteSize() - TableFormat.TRAILER_BYTES;
      top.add(
          new TopIndex.Partition(partitionKeys.get(i), file.position() >>> granuleShift, bytes));
      file.appendBlock(block, bytes, TableFormat.KIND_RAW);
    }
    return top;
  }

  private int writeTop(List<TopIndex.Partition> top) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = TopIndex.encode(top, arena);
      int bytes = (int) block.byteSize() - TableFormat.TRAILER_BYTES;
      file.appendBlock(block, bytes, TableFormat.KIND_RAW);
      return bytes;
    }
  }

  private int writeRanges() {
    if (ranges.isEmpty()) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = RangeBlock.encode(ranges, arena);
      int bytes = (int) block.byteSize() - TableFormat.TRAILER_BYTES;
      file.appendBlock(block, bytes, TableFormat.KIND_RAW);
      return bytes;
    }
  }

  private void writeTail(TableProperties properties) {
    try (Arena arena = Arena.ofConfined()) {
      int bytes = properties.encodedBytes();
      long offset = file.position();
      MemorySegment block = arena.allocate(bytes + TableFormat.TRAILER_BYTES);
      properties.encode(block, 0);
      file.appendBlock(block, bytes, TableFormat.KIND_RAW);
      MemorySegment footer = arena.allocate(TableFormat.FOOTER_BYTES);
      footer.set(Layouts.LONG, 0, identity);
      footer.set(Layouts.LONG, TableFormat.FOOTER_PROPERTIES_OFFSET, offset);
      footer.set(Layouts.INT, TableFormat.FOOTER_PROPERTIES_BYTES, bytes);
      footer.set(Layouts.SHORT, TableFormat.FOOTER_VERSION, version);
      footer.set(Layouts.BYTE, TableFormat.FOOTER_CHECKSUM_KIND, TableFormat.CHECKSUM_CRC32C);
      footer.set(
          Layouts.LONG, TableFormat.FOOTER_FILE_BYTES, file.position() + TableFormat.FOOTER_BYTES);
      footer.set(
          Layouts.INT,
          TableFormat.FOOTER_CRC,
          TableFormat.checksum(identity, file.position(), footer, 0, TableFormat.FOOTER_CRC));
      footer.set(Layouts.LONG, TableFormat.FOOTER_MAGIC, TableFormat.MAGIC);
      file.append(footer, 0, TableFormat.FOOTER_BYTES);
    }
  }

  /// A finished table.
  ///
  /// @param properties what it tells about itself
  /// @param bytes the size of its file
  public record Summary(TableProperties properties, long bytes) {}
}
