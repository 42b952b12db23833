package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Records whose checksum is right and whose packed value is not: nothing is shown of them.
class PackedValueTest {
  private static final long IDENTITY = 77;
  private static final long OFFSET = 4711;

  private final DataFile file =
      new DataFile(
          FileEntry.open(3, FileEntry.Kind.APPEND, IDENTITY, 0), 1, Path.of("00000003.data"), null);
  private final MemorySegment memory = MemorySegment.ofArray(new byte[1000]);
  private final MemorySegment value = MemorySegment.ofArray(new byte[500]);

  @Test
  void aWholeOneIsUnpacked() {
    ValuePacker packer = new ValuePacker(Compression.LZ4);
    packer.take(RecordFormat.PUT, value.fill((byte) 7), 0, 500);
    assertEquals(Compression.LZ4.code(), packer.code());
    long parsed = write(packer.segment(), packer.length(), packer.code());
    assertEquals(500, PackedValue.length(file, memory, 0, OFFSET, parsed));
    MemorySegment found = new PackedValue().unpack(file, memory, 0, OFFSET, parsed);
    assertEquals(-1, MemorySegment.mismatch(value, 0, 500, found, 0, 500));
  }

  @Test
  void bytesThatDoNotUnpackAreReported() {
    Varint.put(value, 0, 400);
    for (int i = 2; i < 100; i++) {
      value.set(ValueLayout.JAVA_BYTE, i, (byte) 0xff);
    }
    for (Compression compression : new Compression[] {Compression.LZ4, Compression.ZSTD}) {
      long parsed = write(value, 100, compression.code());
      StorageException.Corrupt e =
          assertThrows(
              StorageException.Corrupt.class,
              () -> new PackedValue().unpack(file, memory, 0, OFFSET, parsed));
      assertTrue(e.getMessage().contains("00000003.data"), e.getMessage());
      assertTrue(e.getMessage().contains("4711"), e.getMessage());
    }
  }

  @Test
  void aLengthBeyondTheLimitIsReported() {
    Varint.put(value, 0, 1L << 30);
    long parsed = write(value, 60, Compression.ZSTD.code());
    assertThrows(
        StorageException.Corrupt.class, () -> PackedValue.length(file, memory, 0, OFFSET, parsed));
  }

  private long write(MemorySegment stored, int length, int code) {
    RecordFormat.write(
        memory,
        0,
        IDENTITY,
        OFFSET,
        RecordFormat.PUT,
        code,
        true,
        1,
        value,
        0,
        8,
        stored,
        0,
        length);
    long parsed = RecordFormat.parse(memory, 0, memory.byteSize());
    assertTrue(RecordFormat.verify(memory, 0, parsed, IDENTITY, OFFSET));
    assertEquals(code, RecordFormat.code(parsed));
    return parsed;
  }
}
