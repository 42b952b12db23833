package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Writes the filter of a table: see [TableFormat]. Used once.
final class FilterWriter {
  private final TableFile file;
  private final long identity;
  private final FilterMemory memory;
  private long offset;
  private long lines;
  private long segment;
  private long seed;

  /// @param memory has the hashes of the table's keys
  FilterWriter(TableFile file, long identity, FilterMemory memory) {
    this.file = file;
    this.identity = identity;
    this.memory = memory;
  }

  /// Writes it, where there is one.
  void write(TableShape shape, long granuleBytes) {
    int count = memory.count();
    if (count == 0 || shape.filterBitsPerKey() == 0) {
      offset = file.position();
      return;
    }
    FuseFilter.Built fuse =
        shape.fuse() && count <= FuseFilter.KEYS_MAX ? FuseFilter.build(memory) : null;
    if (fuse != null) {
      writeFuse(fuse, granuleBytes);
      memory.endFuse();
    } else {
      memory.endFuse();
      writeBloom(shape.filterBitsPerKey(), granuleBytes);
    }
  }

  /// Where it starts.
  long offset() {
    return offset;
  }

  /// How many lines or slots it has; 0 for no filter.
  long lines() {
    return lines;
  }

  /// The slots of a segment; 0 for a Bloom filter.
  long segment() {
    return segment;
  }

  /// What is mixed into hashes.
  long seed() {
    return seed;
  }

  private void start(long bytes, long granuleBytes) {
    long alignment = bytes > TableFormat.FILTER_PAGE_BYTES ? TableFormat.FILTER_PAGE_BYTES : 64;
    file.align(Math.max(alignment, granuleBytes));
    offset = file.position();
  }

  private void writeBloom(double bitsPerKey, long granuleBytes) {
    int count = memory.count();
    lines = BloomFilter.lines(count, bitsPerKey);
    long bytes = BloomFilter.bytes(lines);
    start(bytes, granuleBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(bytes, 64);
      int probes = BloomFilter.probes(bitsPerKey);
      for (int i = 0; i < count; i++) {
        long hash = memory.hash(i);
        BloomFilter.add(filter, BloomFilter.lineOffset(hash, lines), hash, probes);
      }
      for (long at = 0; at < bytes; at += TableFormat.FILTER_PAGE_BYTES) {
        long page = Math.min(TableFormat.FILTER_PAGE_BYTES, bytes - at);
        long body = page / TableFormat.FILTER_LINE_BYTES * TableFormat.FILTER_LINE_BYTES;
        body = page == TableFormat.FILTER_PAGE_BYTES ? body - TableFormat.FILTER_LINE_BYTES : body;
        seal(filter, at, body);
      }
      file.append(filter, 0, bytes);
    }
  }

  private void writeFuse(FuseFilter.Built fuse, long granuleBytes) {
    MemorySegment slots = fuse.fingerprints();
    int count = fuse.slots();
    lines = count;
    segment = fuse.segmentSlots();
    seed = fuse.seed();
    long pages = (count - 1) / TableFormat.FILTER_PAGE_SLOTS + 1L;
    long bytes = count + 4 * pages;
    start(bytes, granuleBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = arena.allocate(bytes, 64);
      int from = 0;
      for (long at = 0; at < bytes; at += TableFormat.FILTER_PAGE_BYTES) {
        int body = Math.min(TableFormat.FILTER_PAGE_SLOTS, count - from);
        MemorySegment.copy(slots, from, filter, at, body);
        seal(filter, at, body);
        from += body;
      }
      file.append(filter, 0, bytes);
    }
  }

  private void seal(MemorySegment filter, long at, long body) {
    int crc = TableFormat.checksum(identity, offset + at, filter, at, body);
    filter.set(Layouts.INT, at + body, crc);
  }
}
