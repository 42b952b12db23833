package dev.plinth.engine.bitcask;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Writes records one after the other into a new data file, through a buffer: merges, ingestions
/// and the rescue of a torn tail. Not thread-safe.
final class RecordWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final DiskFile file;
  private final long identity;
  private final long baseSequence;
  private final ByteCause cause;
  private final RecordTally tally = new RecordTally();
  private Arena arena = Arena.ofShared();
  private MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
  private long start = DataFileFormat.HEADER_BYTES;
  private long filled;

  /// @param file a new file with its head written; stays the caller's
  RecordWriter(DiskFile file, long identity, long baseSequence, ByteCause cause) {
    this.file = file;
    this.identity = identity;
    this.baseSequence = baseSequence;
    this.cause = cause;
  }

  /// Where the next record will stand.
  long position() {
    return start + filled;
  }

  RecordTally tally() {
    return tally;
  }

  long baseSequence() {
    return baseSequence;
  }

  /// Adds a record.
  ///
  /// @param code how the value is packed
  /// @return where it stands
  long add(
      int kind,
      int code,
      boolean last,
      long sequence,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    ensureRoom(RecordFormat.HEADER_BYTES_MAX + keyLength + (long) valueLength);
    long offset = position();
    filled =
        RecordFormat.write(
            buffer,
            filled,
            identity,
            offset,
            kind,
            code,
            last,
            sequence - baseSequence,
            key,
            keyOffset,
            keyLength,
            value,
            valueOffset,
            valueLength);
    tally.add(kind, sequence);
    return offset;
  }

  /// Adds a copy of a record that was parsed and checked.
  ///
  /// @return where it stands
  long copy(MemorySegment segment, long at, long parsed, boolean last, long sequence) {
    long key = at + RecordFormat.headerBytes(parsed);
    int keyLength = RecordFormat.keyLength(parsed);
    return add(
        RecordFormat.kind(parsed),
        RecordFormat.code(parsed),
        last,
        sequence,
        segment,
        key,
        keyLength,
        segment,
        key + keyLength,
        RecordFormat.valueLength(parsed));
  }

  /// Writes the rest and makes the file durable.
  void finish() {
    drain();
    file.syncAll();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private void ensureRoom(long bytes) {
    if (buffer.byteSize() - filled >= bytes) {
      return;
    }
    drain();
    if (buffer.byteSize() < bytes) {
      arena.close();
      arena = Arena.ofShared();
      buffer = arena.allocate(bytes, 8);
    }
  }

  private void drain() {
    if (filled > 0) {
      file.write(start, buffer, 0, filled, cause);
      start += filled;
      filled = 0;
    }
  }
}
