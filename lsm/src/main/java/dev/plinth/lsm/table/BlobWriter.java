package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Packer;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Writes a blob file from front to back, in the form of [BlobFormat].
///
/// For one thread, the one that makes it. After [#finish()] the bytes are durable, the file's name
/// is not: sync its folder. After an error, or when it is not wanted, [#close()] and delete the
/// file.
public final class BlobWriter implements AutoCloseable {
  private final long number;
  private final long identity;
  private final @Nullable Packer packer;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment head = arena.allocate(BlobFormat.RECORD_BYTES_MIN, 8);
  private final MemorySegment zeros = arena.allocate(BlobFormat.RECORD_BYTES_MIN, 8);
  private final Crc32c crc = new Crc32c();
  private final TableFile file;
  private long values;

  /// Begins a blob file that must not exist.
  ///
  /// @param number names it in references
  /// @param identity mixed into every checksum; no two files have the same
  /// @param packer compresses values; null for none. No other thread may use it meanwhile
  public BlobWriter(
      Disk disk, Path path, long number, long identity, @Nullable Packer packer, ByteCause cause) {
    this.number = number;
    this.identity = identity;
    this.packer = packer;
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

  /// Appends a value.
  ///
  /// @param reference gets where it is
  public void append(MemorySegment value, long offset, int length, BlobReference reference) {
    Packer by = packer;
    int packed = by == null ? -1 : by.pack(value, offset, length, 0, 0);
    if (by != null && packed > 0) {
      reference.set(length, number, file.position(), packed);
      record(by.segment(), 0, packed, length, by.compression().code());
    } else {
      reference.set(length, number, file.position(), length);
      record(value, offset, length, length, TableFormat.KIND_RAW);
    }
  }

  /// How many bytes its records have so far.
  public long recordBytes() {
    return file.position();
  }

  /// Writes the rest and makes the bytes durable.
  public Summary finish() {
    long recordBytes = file.position();
    MemorySegment footer = arena.allocate(BlobFormat.FOOTER_BYTES, 8);
    footer.set(Layouts.LONG, 0, identity);
    footer.set(Layouts.LONG, BlobFormat.FOOTER_VALUES, values);
    footer.set(Layouts.LONG, BlobFormat.FOOTER_RECORD_BYTES, recordBytes);
    footer.set(Layouts.SHORT, BlobFormat.FOOTER_VERSION, BlobFormat.VERSION);
    footer.set(Layouts.BYTE, BlobFormat.FOOTER_CHECKSUM_KIND, BlobFormat.CHECKSUM_CRC32C);
    footer.set(Layouts.LONG, BlobFormat.FOOTER_FILE_BYTES, recordBytes + BlobFormat.FOOTER_BYTES);
    footer.set(
        Layouts.INT,
        BlobFormat.FOOTER_CRC,
        TableFormat.checksum(identity, recordBytes, footer, 0, BlobFormat.FOOTER_CRC));
    footer.set(Layouts.LONG, BlobFormat.FOOTER_MAGIC, BlobFormat.MAGIC);
    file.append(footer, 0, BlobFormat.FOOTER_BYTES);
    file.sync();
    return new Summary(number, identity, file.position(), recordBytes, values);
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

  private void record(MemorySegment stored, long offset, int bytes, int valueBytes, byte kind) {
    head.set(Layouts.INT, BlobFormat.RECORD_STORED_BYTES, bytes);
    head.set(Layouts.INT, BlobFormat.RECORD_VALUE_BYTES, valueBytes);
    head.set(Layouts.BYTE, BlobFormat.RECORD_KIND, kind);
    int sum =
        crc.start(identity + file.position())
            .add(
                head,
                BlobFormat.RECORD_STORED_BYTES,
                BlobFormat.RECORD_HEAD_BYTES - BlobFormat.RECORD_STORED_BYTES)
            .add(stored, offset, bytes)
            .value();
    head.set(Layouts.INT, 0, sum);
    file.append(head, 0, BlobFormat.RECORD_HEAD_BYTES);
    file.append(stored, offset, bytes);
    long rest = BlobFormat.recordBytes(bytes) - BlobFormat.RECORD_HEAD_BYTES - bytes;
    file.append(zeros, 0, rest);
    values++;
  }

  /// A finished blob file.
  ///
  /// @param bytes the size of the file
  /// @param recordBytes how many of them are records
  /// @param values how many values it holds
  public record Summary(long number, long identity, long bytes, long recordBytes, long values) {}
}
