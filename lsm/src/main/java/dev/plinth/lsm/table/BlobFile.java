package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Unpacker;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// An open blob file, mapped for reading.
///
/// Any thread may read it until [#close()], which nobody may race with. No descriptor is kept. A
/// record's checksum is verified when the record is read and is not among the [VerifiedRecords]; a
/// wrong one is [StorageException.Corrupt] with file and offset.
public final class BlobFile implements AutoCloseable {
  private final Path path;
  private final long identity;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment file;
  private final long recordBytes;
  private final long values;
  private final VerifiedRecords verified;

  /// Opens a blob file.
  ///
  /// @param identity what it was written with
  /// @param bytes the size it must have
  /// @param verified which of its records were verified since the store was opened
  public BlobFile(Disk disk, Path path, long identity, long bytes, VerifiedRecords verified) {
    this.verified = verified;
    this.path = path;
    this.identity = identity;
    boolean opened = false;
    try {
      this.file = Table.map(disk, path, bytes, arena);
      long footer = checkFooter(bytes);
      this.recordBytes = footer;
      this.values = file.get(Layouts.LONG, footer + BlobFormat.FOOTER_VALUES);
      opened = true;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /// The size of the file.
  public long bytes() {
    return file.byteSize();
  }

  /// Shows the value that a reference names.
  void show(BlobReference reference, BlobReader target) {
    long offset = reference.offset();
    int stored = reference.storedBytes();
    if (offset + BlobFormat.recordBytes(stored) > recordBytes) {
      throw corrupt(offset, "a table names a record that goes over the end of the records");
    }
    verifyOnce(offset);
    if (file.get(Layouts.INT, offset + BlobFormat.RECORD_STORED_BYTES) != stored
        || file.get(Layouts.INT, offset + BlobFormat.RECORD_VALUE_BYTES)
            != reference.valueBytes()) {
      throw corrupt(
          offset,
          "a table names a value of "
              + reference.valueBytes()
              + " bytes stored with "
              + stored
              + "; another one is here");
    }
    long at = offset + BlobFormat.RECORD_HEAD_BYTES;
    byte kind = file.get(Layouts.BYTE, offset + BlobFormat.RECORD_KIND);
    if (kind == TableFormat.KIND_RAW) {
      target.set(file, at, stored);
    } else {
      unpack(offset, kind, stored, reference.valueBytes(), target);
    }
  }

  /// Checks every record, whether or not it was checked before.
  public void verify() {
    checkFooter(file.byteSize());
    long at = 0;
    long found = 0;
    while (at < recordBytes) {
      verifyRecord(at);
      at += BlobFormat.recordBytes(file.get(Layouts.INT, at + BlobFormat.RECORD_STORED_BYTES));
      found++;
    }
    if (found != values) {
      throw corrupt(0, values + " values expected, " + found + " found");
    }
  }

  /// Unmaps it.
  @Override
  public void close() {
    arena.close();
  }

  private void unpack(long offset, byte kind, int stored, int valueBytes, BlobReader target) {
    Compression compression = Compression.of(kind);
    if (compression == null || compression == Compression.NONE) {
      throw corrupt(offset, "a value of unknown kind " + kind);
    }
    Unpacker unpacker = target.unpacker();
    try {
      unpacker.unpack(compression, file, offset + BlobFormat.RECORD_HEAD_BYTES, stored, valueBytes);
    } catch (Unpacker.Malformed e) {
      throw corrupt(offset, "a compressed value: " + e.getMessage());
    }
    target.set(unpacker.segment(), 0, valueBytes);
  }

  private void verifyOnce(long offset) {
    if (!verified.contains(identity, offset)) {
      verifyRecord(offset);
      verified.add(identity, offset);
    }
  }

  private void verifyRecord(long offset) {
    if (offset + BlobFormat.RECORD_BYTES_MIN > recordBytes) {
      throw corrupt(offset, "a record goes over the end of the records");
    }
    int stored = file.get(Layouts.INT, offset + BlobFormat.RECORD_STORED_BYTES);
    if (stored < 0 || offset + BlobFormat.recordBytes(stored) > recordBytes) {
      throw corrupt(offset, "a record of " + stored + " bytes goes over the end of the records");
    }
    int expected = file.get(Layouts.INT, offset);
    int covered = BlobFormat.RECORD_HEAD_BYTES - BlobFormat.RECORD_STORED_BYTES + stored;
    int found =
        Crc32c.of(identity + offset, file, offset + BlobFormat.RECORD_STORED_BYTES, covered);
    if (expected != found) {
      throw corrupt(offset, Table.checksumText(covered, expected, found));
    }
  }

  /// @return where the footer starts
  private long checkFooter(long bytes) {
    long footer = bytes - BlobFormat.FOOTER_BYTES;
    if (footer < 0) {
      throw corrupt(0, "a blob file has at least " + BlobFormat.FOOTER_BYTES + " bytes");
    }
    if (file.get(Layouts.LONG, footer + BlobFormat.FOOTER_MAGIC) != BlobFormat.MAGIC) {
      throw corrupt(footer + BlobFormat.FOOTER_MAGIC, "no blob file ends here");
    }
    int expected = file.get(Layouts.INT, footer + BlobFormat.FOOTER_CRC);
    int found = TableFormat.checksum(identity, footer, file, footer, BlobFormat.FOOTER_CRC);
    if (expected != found) {
      throw corrupt(footer, Table.checksumText(BlobFormat.FOOTER_CRC, expected, found));
    }
    short version = file.get(Layouts.SHORT, footer + BlobFormat.FOOTER_VERSION);
    if (version != BlobFormat.VERSION) {
      throw new StorageException.UnsupportedFormat(
          path + ": blob file format version " + version + "; this program reads version 1");
    }
    if (file.get(Layouts.LONG, footer + BlobFormat.FOOTER_RECORD_BYTES) != footer) {
      throw corrupt(footer, "the records do not end where the footer starts");
    }
    return footer;
  }

  private StorageException.Corrupt corrupt(long offset, String detail) {
    return new StorageException.Corrupt(path, offset, detail);
  }
}
