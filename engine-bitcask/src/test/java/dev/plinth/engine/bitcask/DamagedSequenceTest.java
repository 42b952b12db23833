package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A record whose sequence number is damaged seems to be newer than a view or a snapshot, which
/// would pass it over: its key would be missing in silence.
final class DamagedSequenceTest {
  private static final byte[] DAMAGED = key(205);
  private static final int KEYS = 230;

  /// From the number to the key: its own byte, the key's length, the value's.
  private static final int BEFORE_KEY = 3;

  @TempDir private Path folder;

  private static byte[] key(int i) {
    return "key%05d".formatted(i).getBytes(StandardCharsets.US_ASCII);
  }

  private Engine open() {
    return BitcaskEngine.open(
        folder.resolve("s"),
        EngineOptions.of(
            BitcaskOptions.specs(), Map.of("file.bytes.max", "4KiB", "chunk.bytes", "4KiB")),
        EngineEnvironment.standard().withEvents(_ -> {}));
  }

  @BeforeEach
  void damage() throws IOException {
    try (Engine engine = open()) {
      for (int i = 0; i < KEYS; i++) {
        engine.put(key(i), new byte[40], Durability.WRITTEN);
      }
    }
    int damaged = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".data")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("key00205");
        if (at >= 0) {
          bytes[at - BEFORE_KEY] = (byte) (bytes[at - BEFORE_KEY] + 32);
          Files.write(file, bytes);
          damaged++;
        }
      }
    }
    assertEquals(1, damaged);
  }

  @Test
  void aCursorReportsIt() {
    try (Engine engine = open()) {
      StorageException.Corrupt told =
          assertThrows(
              StorageException.Corrupt.class,
              () -> {
                try (Cursor cursor = engine.cursor(KeyRange.of(key(200), key(220)))) {
                  while (cursor.next()) {
                    assertArrayEquals(new byte[40], cursor.value());
                  }
                }
              });
      assertTrue(told.getMessage().contains(".data"), told.getMessage());
    }
  }

  @Test
  void aSnapshotReportsItAfterItWasOverwritten() {
    try (Engine engine = open();
        Snapshot snapshot = engine.snapshot()) {
      engine.put(DAMAGED, new byte[1], Durability.WRITTEN);
      assertArrayEquals(new byte[1], engine.get(DAMAGED));
      assertThrows(StorageException.Corrupt.class, () -> snapshot.get(DAMAGED));
    }
  }
}
