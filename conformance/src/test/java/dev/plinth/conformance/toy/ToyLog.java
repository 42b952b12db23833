package dev.plinth.conformance.toy;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// The log of the toy engine: a header, then records.
///
/// ```
/// file   = magic 8 | crc of magic 4 | record ...
/// record = length 4 | crc 4 | watermark 8 | sequence 8 | group 8 | index 8 | length bytes
/// ```
///
/// The crc covers the record but itself, and its offset. The watermark is the number of bytes that
/// were synced when the record was written; a record with group -2 closes the file.
final class ToyLog implements AutoCloseable {
  static final int HEADER_BYTES = 12;
  static final int RECORD_BYTES = 40;
  static final long CLOSING = -2;
  private static final long MAGIC = 0x544f594c4f473031L;

  private final DiskFile file;
  private long size;
  private long synced;

  private ToyLog(DiskFile file) {
    this.file = file;
  }

  static ToyLog create(Disk disk, Path path) {
    ToyLog log = new ToyLog(disk.open(path, OpenMode.CREATE));
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).putLong(MAGIC);
    header.putInt(crc(header.array(), 0, 8, 0));
    log.write(header.array());
    return log;
  }

  long size() {
    return size;
  }

  void append(long sequence, long group, long index, byte[] payload) {
    ByteBuffer record = ByteBuffer.allocate(RECORD_BYTES + payload.length);
    record.putInt(payload.length).putInt(0).putLong(synced).putLong(sequence);
    record.putLong(group).putLong(index).put(payload);
    record.putInt(4, recordCrc(record.array(), 0, payload.length, size));
    write(record.array());
  }

  private void write(byte[] bytes) {
    file.write(size, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.LOG);
    size += bytes.length;
  }

  void sync() {
    file.syncData();
    synced = size;
  }

  @Override
  public void close() {
    file.close();
  }

  /// Told of every record that is found.
  interface Visitor {
    void record(WriteBatch batch, long sequence);
  }

  /// Reads a log.
  ///
  /// @return whether it ends with a closing record
  static boolean read(Disk disk, Path path, Visitor visitor) {
    byte[] bytes;
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      bytes = new byte[(int) file.size()];
      file.read(0, MemorySegment.ofArray(bytes), 0, bytes.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER_BYTES
        || buffer.getLong(0) != MAGIC
        || buffer.getInt(8) != crc(bytes, 0, 8, 0)) {
      throw new StorageException.Corrupt(path, 0, "no header of a toy log");
    }
    int at = HEADER_BYTES;
    boolean closed = false;
    while (at < bytes.length) {
      if (!isGood(buffer, at)) {
        requireTail(path, buffer, at);
        return false;
      }
      int length = buffer.getInt(at);
      closed = buffer.getLong(at + 24) == CLOSING;
      if (!closed) {
        visitor.record(batch(buffer, at, length), buffer.getLong(at + 16));
      }
      at += RECORD_BYTES + length;
    }
    return closed;
  }

  /// Bad bytes below the watermark of a later good record are damage, not a torn tail.
  private static void requireTail(Path path, ByteBuffer buffer, int bad) {
    for (int at = bad + 1; at + RECORD_BYTES <= buffer.limit(); at++) {
      if (isGood(buffer, at) && buffer.getLong(at + 8) > bad) {
        throw new StorageException.Corrupt(path, bad, "a record below the synced part");
      }
    }
  }

  private static boolean isGood(ByteBuffer buffer, int at) {
    if (at + RECORD_BYTES > buffer.limit()) {
      return false;
    }
    int length = buffer.getInt(at);
    return length >= 0
        && length <= buffer.limit() - at - RECORD_BYTES
        && buffer.getInt(at + 4) == recordCrc(bytes(buffer), at, length, at);
  }

  private static WriteBatch batch(ByteBuffer buffer, int at, int length) {
    WriteBatch batch = new WriteBatch();
    MemorySegment memory = MemorySegment.ofArray(bytes(buffer));
    WriteBatch.decode(memory, at + RECORD_BYTES, length, new ToyBatches(batch));
    if (buffer.getLong(at + 24) >= 0) {
      batch.applied(buffer.getLong(at + 24), buffer.getLong(at + 32));
    }
    return batch;
  }

  @SuppressWarnings("ByteBufferBackingArray")
  private static byte[] bytes(ByteBuffer wrapped) {
    return wrapped.array();
  }

  private static int recordCrc(byte[] bytes, int at, int length, long salt) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, 4);
    crc.update(bytes, at + 8, RECORD_BYTES - 8 + length);
    return (int) crc.getValue() ^ (int) (salt * 0x9e3779b1);
  }

  private static int crc(byte[] bytes, int at, int length, long salt) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length);
    return (int) crc.getValue() ^ (int) salt;
  }
}
