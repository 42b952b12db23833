package dev.plinth.kit.log;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.MemorySegment;

/// A segment open for writing. The holder of the write role writes, the holder of the sync role
/// syncs.
final class SegmentFile {
  /// A page: Linux keeps what one write makes as one piece of its page cache, and takes the whole
  /// piece for dirty when a byte of it is written later.
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[4 << 10]);

  private final long number;
  private final long seed;
  private final DiskFile file;
  private final long start;

  /// Up to here the file holds bytes that were written before.
  private long filledBytes;

  /// Bytes were written that no sync covers; guarded by the log's lock.
  boolean dirty;

  /// @param start where its first record goes
  /// @param recycled whether all of the file was written in an earlier life
  SegmentFile(long number, long seed, DiskFile file, long start, boolean recycled) {
    this.number = number;
    this.seed = seed;
    this.file = file;
    this.start = start;
    this.filledBytes = recycled ? file.size() : start;
  }

  long number() {
    return number;
  }

  long seed() {
    return seed;
  }

  long start() {
    return start;
  }

  DiskFile file() {
    return file;
  }

  void write(LogBuffer buffer) {
    file.write(buffer.start(), buffer.memory(), 0, buffer.used(), ByteCause.LOG);
    filledBytes = Math.max(filledBytes, buffer.start() + buffer.used());
  }

  /// Whether what was written last made the file grow.
  boolean isFull(long end) {
    return end >= filledBytes;
  }

  /// Writes zeros behind what is filled.
  ///
  /// @param bytes about how many
  /// @param most the length that the file need not exceed
  /// @return how many were written
  long fill(long bytes, long most) {
    long end = Math.min(most, (filledBytes + bytes) & -4096L);
    long from = filledBytes;
    while (filledBytes < end) {
      long size = Math.min(ZEROS.byteSize() - filledBytes % ZEROS.byteSize(), end - filledBytes);
      file.write(filledBytes, ZEROS, 0, size, ByteCause.PREALLOCATION);
      filledBytes += size;
    }
    return filledBytes - from;
  }

  long filledBytes() {
    return filledBytes;
  }

  void sync() {
    file.syncData();
  }

  void close() {
    file.close();
  }
}
