package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The option `compression`: values get smaller on disk, and nobody who reads them notices.
class CompressionOptionTest {
  private static final int KEYS = 300;
  private static final int VALUE_BYTES = 2000;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lz4", "zstd"})
  void valuesShrinkAndComeBackInEveryWay(String compression) throws IOException {
    try (Engine engine = open(compression)) {
      fill(engine);
      check(engine);
    }
    assertTrue(dataBytes() < (long) KEYS * VALUE_BYTES / 3, "bytes on disk: " + dataBytes());
    try (Engine engine = open(compression)) {
      check(engine);
      engine.compact(KeyRange.all());
      check(engine);
      engine.verify();
    }
    assertTrue(dataBytes() < (long) KEYS * VALUE_BYTES / 3, "merged: " + dataBytes());
  }

  @Test
  void recordsKeepTheirsWhenTheOptionChanges() {
    try (Engine engine = open("zstd")) {
      fill(engine);
    }
    try (Engine engine = open("none")) {
      check(engine);
      for (int i = 0; i < KEYS; i += 2) {
        engine.put(key(i), value(i), Durability.WRITTEN);
      }
      engine.compact(KeyRange.all());
      check(engine);
    }
    try (Engine engine = open("lz4")) {
      check(engine);
    }
  }

  @Test
  void aTargetThatIsTooSmallIsToldTheWholeLength() {
    try (Engine engine = open("lz4")) {
      fill(engine);
      MemorySegment key = MemorySegment.ofArray(key(1));
      MemorySegment target = MemorySegment.ofArray(new byte[VALUE_BYTES - 1]);
      int length = (int) key.byteSize();
      long found = engine.copy(key, 0, length, target, 0, target.byteSize());
      assertEquals(-2L - VALUE_BYTES, found);
    }
  }

  private Engine open(String compression) {
    return Engines.open(
        folder.resolve("store"),
        Map.of("engine", "bitcask", "compression", compression, "file.bytes.max", "256KiB"));
  }

  /// A third by puts, a third by batches, and every value once before as another one.
  private static void fill(Engine engine) {
    for (int i = 0; i < KEYS; i++) {
      engine.put(key(i), value(i + 1), Durability.WRITTEN);
    }
    WriteBatch batch = new WriteBatch();
    for (int i = 0; i < KEYS; i++) {
      if (i % 3 == 0) {
        engine.put(key(i), value(i), Durability.BUFFERED);
      } else {
        batch.put(key(i), value(i));
      }
    }
    engine.write(batch, Durability.SYNCED);
  }

  private static void check(Engine engine) {
    for (int i = 0; i < KEYS; i++) {
      byte[] expected = value(i);
      assertArrayEquals(expected, engine.get(key(i)));
      MemorySegment key = MemorySegment.ofArray(key(i));
      boolean seen =
          engine.read(
              key,
              0,
              (int) key.byteSize(),
              (segment, offset, length) -> {
                assertEquals(expected.length, length);
                assertEquals(
                    -1,
                    MemorySegment.mismatch(
                        segment,
                        offset,
                        offset + length,
                        MemorySegment.ofArray(expected),
                        0,
                        length));
              });
      assertTrue(seen);
    }
    int at = 0;
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        byte[] expected = value(at);
        assertEquals(expected.length, cursor.valueLength());
        assertArrayEquals(
            expected,
            cursor
                .valueSegment()
                .asSlice(cursor.valueOffset(), cursor.valueLength())
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
        at++;
      }
    }
    assertEquals(KEYS, at);
  }

  private long dataBytes() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("store"))) {
      long bytes = 0;
      for (Path file : files.filter(path -> path.toString().endsWith(".data")).toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }

  private static byte[] key(int i) {
    return String.format(java.util.Locale.ROOT, "key%06d", i).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] value(int i) {
    byte[] value = new byte[VALUE_BYTES];
    for (int at = 0; at < value.length; at++) {
      value[at] = (byte) (at % 64 < 8 ? i * 31 + at : 7);
    }
    return value;
  }
}
