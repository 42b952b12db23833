package dev.plinth.lsm.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Packer;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BlobFileTest {
  private static final long IDENTITY = 0x7777_1234_5678L;
  private static final long NUMBER = 42;
  private static final Path PATH = Path.of("/blobs");

  private final Disk disk = new SimDisk();
  private final VerifiedRecords verified = new VerifiedRecords(16);
  private final List<byte[]> values = new ArrayList<>();
  private final List<byte[]> references = new ArrayList<>();

  @Test
  void everyValueIsFound() {
    for (Compression compression : Compression.values()) {
      Path path = Path.of("/blobs-" + compression);
      long bytes = write(path, compression, 200, 3_000);
      try (BlobFile file = new BlobFile(disk, path, IDENTITY, bytes, verified)) {
        file.verify();
        BlobReader reader = new BlobReader();
        for (int i = 0; i < values.size(); i++) {
          assertArrayEquals(values.get(i), fetch(file, reader, references.get(i)), "value " + i);
        }
      }
    }
  }

  @Test
  void aFlippedByteIsReportedOrPadding() {
    long bytes = write(PATH, Compression.LZ4, 5, 150);
    byte[] intact = new byte[(int) bytes];
    try (DiskFile file = disk.open(PATH, OpenMode.READ)) {
      file.read(0, MemorySegment.ofArray(intact), 0, intact.length);
    }
    int harmless = 0;
    for (int at = 0; at < intact.length; at++) {
      byte[] damaged = intact.clone();
      damaged[at] ^= 0x20;
      Path path = Path.of("/damaged-" + at);
      put(path, damaged);
      VerifiedRecords none = new VerifiedRecords(16);
      try (BlobFile file = new BlobFile(disk, path, IDENTITY, bytes, none)) {
        file.verify();
        BlobReader reader = new BlobReader();
        for (int i = 0; i < values.size(); i++) {
          assertArrayEquals(values.get(i), fetch(file, reader, references.get(i)));
        }
        assertEquals(0, intact[at], "only padding is harmless, byte " + at);
        harmless++;
      } catch (StorageException.Corrupt e) {
        assertEquals(path, e.file());
        assertTrue(e.offset() <= at && e.offset() >= 0, e.getMessage());
      }
      disk.delete(path);
    }
    assertTrue(harmless < bytes / 2, harmless + " harmless bytes");
  }

  @Test
  void damageIsReportedByTheReadThatMeetsIt() {
    long bytes = write(PATH, Compression.NONE, 3, 500);
    try (DiskFile file = disk.open(PATH, OpenMode.WRITE)) {
      file.write(20, MemorySegment.ofArray(new byte[] {1, 2, 3}), 0, 3, ByteCause.OTHER);
    }
    try (BlobFile file = new BlobFile(disk, PATH, IDENTITY, bytes, verified)) {
      BlobReader reader = new BlobReader();
      StorageException.Corrupt corrupt =
          assertThrows(
              StorageException.Corrupt.class, () -> fetch(file, reader, references.getFirst()));
      assertEquals(PATH, corrupt.file());
      assertEquals(0, corrupt.offset());
      assertArrayEquals(values.get(1), fetch(file, reader, references.get(1)));
    }
  }

  @Test
  void aReferenceToAnotherLengthOrPlaceIsRefused() {
    long bytes = write(PATH, Compression.NONE, 3, 500);
    try (BlobFile file = new BlobFile(disk, PATH, IDENTITY, bytes, verified)) {
      BlobReader reader = new BlobReader();
      BlobReference reference = new BlobReference();
      reference.read(MemorySegment.ofArray(references.get(1)), 0, references.get(1).length);
      BlobReference wrong = new BlobReference();
      int length = reference.valueBytes();
      wrong.set(length + 1, NUMBER, reference.offset(), length);
      assertThrows(StorageException.Corrupt.class, () -> file.show(wrong, reader));
      wrong.set(length, NUMBER, reference.offset() + 1, length);
      assertThrows(StorageException.Corrupt.class, () -> file.show(wrong, reader));
      wrong.set(length, NUMBER, bytes, length);
      assertThrows(StorageException.Corrupt.class, () -> file.show(wrong, reader));
    }
  }

  @Test
  void anotherVersionIsRefused() {
    long bytes = write(PATH, Compression.NONE, 1, 100);
    long footer = bytes - BlobFormat.FOOTER_BYTES;
    MemorySegment tail = Arena.ofAuto().allocate(BlobFormat.FOOTER_BYTES);
    try (DiskFile file = disk.open(PATH, OpenMode.WRITE)) {
      file.read(footer, tail, 0, BlobFormat.FOOTER_BYTES);
      tail.set(ValueLayout.JAVA_BYTE, BlobFormat.FOOTER_VERSION, (byte) 9);
      int crc = TableFormat.checksum(IDENTITY, footer, tail, 0, BlobFormat.FOOTER_CRC);
      tail.set(ValueLayout.JAVA_INT_UNALIGNED, BlobFormat.FOOTER_CRC, crc);
      file.write(footer, tail, 0, BlobFormat.FOOTER_BYTES, ByteCause.OTHER);
    }
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> new BlobFile(disk, PATH, IDENTITY, bytes, verified));
    assertThrows(
        StorageException.Corrupt.class,
        () -> new BlobFile(disk, PATH, IDENTITY, bytes - 1, verified));
  }

  private long write(Path path, Compression compression, int count, int bytesMax) {
    values.clear();
    references.clear();
    Random random = new Random(count + bytesMax);
    Packer packer = compression == Compression.NONE ? null : new Packer(compression);
    BlobReference reference = new BlobReference();
    MemorySegment encoded = Arena.ofAuto().allocate(BlobReference.BYTES_MAX);
    long records = 0;
    try (BlobWriter writer =
        new BlobWriter(disk, path, NUMBER, IDENTITY, packer, ByteCause.FLUSH)) {
      for (int i = 0; i < count; i++) {
        byte[] value = new byte[random.nextInt(bytesMax)];
        if (i % 2 == 0) {
          random.nextBytes(value);
        } else {
          Arrays.fill(value, (byte) (i + 1));
        }
        writer.append(MemorySegment.ofArray(value), 0, value.length, reference);
        values.add(value);
        references.add(encoded.asSlice(0, reference.write(encoded)).toArray(ValueLayout.JAVA_BYTE));
        records += reference.recordBytes();
      }
      BlobWriter.Summary summary = writer.finish();
      assertEquals(count, summary.values());
      assertEquals(records, summary.recordBytes());
      return summary.bytes();
    }
  }

  private static byte[] fetch(BlobFile file, BlobReader reader, byte[] reference) {
    reader.fetch(
        number -> {
          assertEquals(NUMBER, number);
          return file;
        },
        MemorySegment.ofArray(reference),
        0,
        reference.length);
    return reader
        .segment()
        .asSlice(reader.offset(), reader.length())
        .toArray(ValueLayout.JAVA_BYTE);
  }

  private void put(Path path, byte[] bytes) {
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
    }
  }
}
