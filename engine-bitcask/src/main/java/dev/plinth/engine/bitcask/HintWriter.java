package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Writes a hint file ([HintFormat]) entry by entry, through a small buffer. Not thread-safe.
final class HintWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final DiskFile file;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
  private final Crc32c checksum = new Crc32c();
  private int filled;
  private long position;
  private long entries;
  private long recordEnd = DataFileFormat.HEADER_BYTES;
  private long deltaBefore;

  /// @param file a new file; closed with the writer
  HintWriter(DiskFile file, int number, long identity) {
    this.file = file;
    checksum.start(identity);
    buffer.set(Layouts.LONG, 0, HintFormat.MAGIC);
    buffer.set(Layouts.INT, 8, HintFormat.VERSION);
    buffer.set(Layouts.INT, 12, number);
    buffer.set(Layouts.LONG, 16, identity);
    filled = HintFormat.HEADER_BYTES;
  }

  /// Adds a put, a delete or a range delete.
  void add(
      int kind,
      long hash,
      long offset,
      long recordBytes,
      long sequenceDelta,
      int keyLength,
      int valueLength) {
    if (BUFFER_BYTES - filled < HintFormat.ENTRY_BYTES_MAX) {
      drain();
    }
    long gap = offset - recordEnd;
    buffer.set(Layouts.BYTE, filled, (byte) (gap == 0 ? kind : kind | HintFormat.GAP));
    buffer.set(Layouts.SHORT, filled + 1, (short) (hash >>> 48));
    buffer.set(Layouts.INT, filled + 3, (int) hash);
    long at = filled + 7L;
    if (gap != 0) {
      at = Varint.put(buffer, at, gap);
    }
    at = Varint.put(buffer, at, HintFormat.zigzag(sequenceDelta - deltaBefore));
    at = Varint.put(buffer, at, keyLength);
    filled = (int) Varint.put(buffer, at, valueLength);
    recordEnd = offset + recordBytes;
    deltaBefore = sequenceDelta;
    entries++;
  }

  /// Adds what stands in a data file, record by record.
  void addAll(DataFile data) {
    for (Window window : data.windows()) {
      MemorySegment segment = window.segment();
      long at = Math.max(0, DataFileFormat.HEADER_BYTES - window.start());
      long end = Math.min(segment.byteSize(), data.bytes() - window.start());
      while (at < end) {
        long parsed = RecordFormat.parse(segment, at, end);
        if (parsed < 0) {
          throw new StorageException.Corrupt(
              data.path, window.start() + at, "a record is expected");
        }
        addRecord(segment, at, end, window.start() + at, parsed);
        at += RecordFormat.recordBytes(parsed);
      }
    }
  }

  private void addRecord(MemorySegment segment, long at, long end, long offset, long parsed) {
    int kind = RecordFormat.kind(parsed);
    if (kind <= RecordFormat.RANGE) {
      int keyLength = RecordFormat.keyLength(parsed);
      add(
          kind,
          KeyHash.of(segment, at + RecordFormat.headerBytes(parsed), keyLength),
          offset,
          RecordFormat.recordBytes(parsed),
          RecordFormat.sequenceDelta(segment, at, end),
          keyLength,
          RecordFormat.valueLength(parsed));
    }
  }

  /// Writes the foot and makes the file durable; its name is durable after a sync of the folder.
  ///
  /// @param dataBytes the length of the data file
  /// @return its length in bytes
  long finish(long dataBytes) {
    if (BUFFER_BYTES - filled < HintFormat.FOOTER_BYTES) {
      drain();
    }
    buffer.set(Layouts.LONG, filled, dataBytes);
    buffer.set(Layouts.LONG, filled + 8, entries);
    filled += 16;
    checksum.add(buffer, 0, filled);
    buffer.set(Layouts.INT, filled, checksum.value());
    filled += 4;
    file.write(position, buffer, 0, filled, ByteCause.HINT);
    position += filled;
    filled = 0;
    file.syncAll();
    return position;
  }

  @Override
  public void close() {
    file.close();
    arena.close();
  }

  private void drain() {
    checksum.add(buffer, 0, filled);
    file.write(position, buffer, 0, filled, ByteCause.HINT);
    position += filled;
    filled = 0;
  }
}
