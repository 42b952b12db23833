package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// The header that ends a batch: see [TableFormat].
///
/// @param position where it stands in the file
/// @param previous where the header of the batch before stands; -1 for the first
/// @param start where its batch begins
/// @param filterLines lines of the filter; 0 for none
/// @param filterKeys how many different keys were ever added to the filter
/// @param liveBytes bytes of the file that this state of the table needs
/// @param entries entries in the leaves, deletes included
/// @param deletes entries that say that a key was deleted
/// @param sequence batches up to this sequence number are in the table, as far as they concern it
record TableHeader(
    long position,
    long previous,
    long start,
    int indexBytes,
    int indexCrc,
    int rangesBytes,
    int rangesCrc,
    int filterLines,
    int filterCrc,
    long filterKeys,
    int probes,
    long liveBytes,
    long entries,
    long deletes,
    long sequence) {

  long filterBytes() {
    return (long) filterLines * TableFormat.FILTER_LINE_BYTES;
  }

  long filterPosition() {
    return position - filterBytes();
  }

  long rangesPosition() {
    return filterPosition() - rangesBytes;
  }

  long indexPosition() {
    return rangesPosition() - indexBytes;
  }

  void encode(long identity, MemorySegment target) {
    target.fill((byte) 0);
    target.set(Layouts.LONG, TableFormat.HEADER_MAGIC, TableFormat.MAGIC);
    target.set(Layouts.INT, TableFormat.HEADER_VERSION, TableFormat.VERSION);
    target.set(Layouts.LONG, TableFormat.HEADER_IDENTITY, identity);
    target.set(Layouts.LONG, TableFormat.HEADER_POSITION, position);
    target.set(Layouts.LONG, TableFormat.HEADER_PREVIOUS, previous);
    target.set(Layouts.LONG, TableFormat.HEADER_START, start);
    target.set(Layouts.INT, TableFormat.HEADER_INDEX_BYTES, indexBytes);
    target.set(Layouts.INT, TableFormat.HEADER_INDEX_CRC, indexCrc);
    target.set(Layouts.INT, TableFormat.HEADER_RANGES_BYTES, rangesBytes);
    target.set(Layouts.INT, TableFormat.HEADER_RANGES_CRC, rangesCrc);
    target.set(Layouts.INT, TableFormat.HEADER_FILTER_LINES, filterLines);
    target.set(Layouts.INT, TableFormat.HEADER_FILTER_CRC, filterCrc);
    target.set(Layouts.LONG, TableFormat.HEADER_FILTER_KEYS, filterKeys);
    target.set(Layouts.INT, TableFormat.HEADER_PROBES, probes);
    target.set(Layouts.LONG, TableFormat.HEADER_LIVE, liveBytes);
    target.set(Layouts.LONG, TableFormat.HEADER_ENTRIES, entries);
    target.set(Layouts.LONG, TableFormat.HEADER_DELETES, deletes);
    target.set(Layouts.LONG, TableFormat.HEADER_SEQUENCE, sequence);
    target.set(
        Layouts.INT,
        TableFormat.HEADER_CRC,
        TableFormat.checksum(identity, position, target, 0, TableFormat.HEADER_BYTES));
  }

  /// Reads a header and checks it.
  ///
  /// @param bytes a copy of its bytes, which is changed
  static TableHeader decode(Path path, long identity, long position, MemorySegment bytes) {
    if (bytes.get(Layouts.LONG, TableFormat.HEADER_MAGIC) != TableFormat.MAGIC) {
      throw new StorageException.Corrupt(path, position, "a table header is expected here");
    }
    int crc = bytes.get(Layouts.INT, TableFormat.HEADER_CRC);
    bytes.set(Layouts.INT, TableFormat.HEADER_CRC, 0);
    int found = TableFormat.checksum(identity, position, bytes, 0, TableFormat.HEADER_BYTES);
    if (crc != found) {
      throw new StorageException.Corrupt(
          path, position, "the table header's checksum is " + crc + ", its bytes give " + found);
    }
    int version = bytes.get(Layouts.INT, TableFormat.HEADER_VERSION);
    if (version != TableFormat.VERSION) {
      throw new StorageException.UnsupportedFormat(
          path + ": a table of version " + version + ", known: " + TableFormat.VERSION);
    }
    TableHeader header =
        new TableHeader(
            position,
            bytes.get(Layouts.LONG, TableFormat.HEADER_PREVIOUS),
            bytes.get(Layouts.LONG, TableFormat.HEADER_START),
            bytes.get(Layouts.INT, TableFormat.HEADER_INDEX_BYTES),
            bytes.get(Layouts.INT, TableFormat.HEADER_INDEX_CRC),
            bytes.get(Layouts.INT, TableFormat.HEADER_RANGES_BYTES),
            bytes.get(Layouts.INT, TableFormat.HEADER_RANGES_CRC),
            bytes.get(Layouts.INT, TableFormat.HEADER_FILTER_LINES),
            bytes.get(Layouts.INT, TableFormat.HEADER_FILTER_CRC),
            bytes.get(Layouts.LONG, TableFormat.HEADER_FILTER_KEYS),
            bytes.get(Layouts.INT, TableFormat.HEADER_PROBES),
            bytes.get(Layouts.LONG, TableFormat.HEADER_LIVE),
            bytes.get(Layouts.LONG, TableFormat.HEADER_ENTRIES),
            bytes.get(Layouts.LONG, TableFormat.HEADER_DELETES),
            bytes.get(Layouts.LONG, TableFormat.HEADER_SEQUENCE));
    boolean sound =
        header.indexBytes >= 0
            && header.rangesBytes >= 0
            && header.filterLines >= 0
            && header.indexPosition() >= 0;
    if (!sound) {
      throw new StorageException.Corrupt(path, position, "the table header's sizes make no sense");
    }
    return header;
  }
}
