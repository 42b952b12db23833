package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The limits: space on disk, memory for snapshots, merges that fall behind.
@Timeout(60)
class SpaceTest {
  private static final int FILE_BYTES = 32 << 10;
  private static final int CAP_BYTES = 512 << 10;

  @TempDir Path folder;
  private BitcaskEngine engine;
  private final List<EngineEvent> events = Collections.synchronizedList(new ArrayList<>());

  private void open(String... options) {
    Map<String, String> all = new HashMap<>();
    all.put("file.bytes.max", "32KiB");
    all.put("chunk.bytes", "8KiB");
    all.put("reserve.bytes", "0");
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    engine =
        BitcaskEngine.open(
            folder.resolve("s"),
            EngineOptions.of(BitcaskOptions.specs(), all),
            EngineEnvironment.standard().withEvents(events::add));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(8).putInt(7).putInt(number).array();
  }

  private void put(int number, int bytes) {
    engine.put(key(number), new byte[bytes], Durability.WRITTEN);
  }

  private void requireUnderCap() {
    long bytes = engine.stats().diskBytes();
    assertTrue(bytes <= CAP_BYTES, () -> bytes + " bytes on disk");
  }

  @Test
  void theCapRefusesPutsAndLetsDeletesMakeRoom() {
    open("space.bytes.max", "512KiB");
    int count = 0;
    StorageException refused = null;
    while (refused == null && count < 2_000) {
      try {
        put(count++, 1_000);
        requireUnderCap();
      } catch (StorageException.NoSpace e) {
        refused = e;
      }
    }
    assertTrue(refused != null && refused.getMessage().contains("space.bytes.max"));
    assertTrue(count * 1_000L > CAP_BYTES - 5L * FILE_BYTES, "refused after " + count);
    assertThrows(StorageException.NoSpace.class, () -> put(9_999, 20_000));
    for (int i = 0; i < count / 2; i++) {
      engine.delete(key(i), Durability.WRITTEN);
      requireUnderCap();
    }
    engine.compact(KeyRange.all());
    for (int i = 0; i < count / 4; i++) {
      put(i, 1_000);
      requireUnderCap();
    }
    assertEquals(1_000, engine.get(key(count - 2)).length);
  }

  @Test
  void overwritesGoOnForEverUnderTheCap() {
    open("space.bytes.max", "512KiB");
    for (int i = 0; i < 4_000; i++) {
      put(i % 100, 1_000);
      requireUnderCap();
    }
    assertTrue(engine.stats().details().get("merges") > 0);
  }

  @Test
  void theOldestSnapshotExpiresWhenItsFilesAreInTheWay() {
    open("space.bytes.max", "512KiB");
    for (int i = 0; i < 100; i++) {
      put(i, 1_000);
    }
    try (Snapshot snapshot = engine.snapshot()) {
      for (int i = 0; i < 4_000; i++) {
        put(i % 100, 1_000);
        requireUnderCap();
      }
      assertThrows(StorageException.SnapshotExpired.class, () -> snapshot.get(key(1)));
    }
    try (Snapshot snapshot = engine.snapshot()) {
      assertArrayEquals(new byte[1_000], snapshot.get(key(1)));
    }
  }

  @Test
  void theOldestSnapshotExpiresWhenTheTableIsFull() {
    open("snapshot.table.bytes.max", "1MiB", "merge", "off", "file.bytes.max", "1MiB");
    int keys = 10_000;
    for (int i = 0; i < keys; i++) {
      put(i, 8);
    }
    try (Snapshot first = engine.snapshot()) {
      for (int i = 0; i < keys; i++) {
        put(i, 9);
      }
      assertEquals(8, first.get(key(1)).length);
      try (Snapshot second = engine.snapshot()) {
        for (int i = 0; i < keys; i++) {
          put(i, 10);
        }
        assertThrows(StorageException.SnapshotExpired.class, () -> first.get(key(1)));
        assertThrows(
            StorageException.SnapshotExpired.class, () -> first.cursor(KeyRange.all()).close());
        assertEquals(9, second.get(key(1)).length);
        assertTrue(engine.stats().details().get("snapshotTableBytes") <= 1 << 20);
      }
    }
  }

  @Test
  void snapshotsOfTheOrderedIndexExpireWhenTheyPinTooMuch() {
    open(
        "index",
        "ordered",
        "snapshot.table.bytes.max",
        "1MiB",
        "merge",
        "off",
        "file.bytes.max",
        "1MiB");
    int keys = 80_000;
    for (int i = 0; i < keys; i++) {
      put(i, 8);
    }
    try (Snapshot first = engine.snapshot();
        Cursor cursor = engine.cursor(KeyRange.all())) {
      for (int round = 0; round < 2; round++) {
        engine.snapshot().close();
        for (int i = 0; i < keys; i++) {
          put(i, 9 + round);
        }
      }
      assertThrows(StorageException.SnapshotExpired.class, () -> first.get(key(1)));
      assertThrows(StorageException.SnapshotExpired.class, cursor::first);
      assertTrue(engine.stats().details().get("orderedPinnedBytes") <= 1 << 20);
    }
  }

  @Test
  void writersAreHeldBackWhileMergesAreBehind() {
    open("merge.bytes.per.second.max", "64KiB", "merge.garbage.min", "0.9");
    for (int i = 0; i < 4_000 && !heldBackForMerges(); i++) {
      put(i % 10, 4_000);
    }
    assertTrue(heldBackForMerges());
    assertTrue(engine.stats().stallNanos() > 0);
  }

  private boolean heldBackForMerges() {
    synchronized (events) {
      return events.stream()
          .anyMatch(
              event ->
                  event instanceof EngineEvent.Stalled(String reason, long nanos)
                      && reason.equals("merges are behind")
                      && nanos > 0);
    }
  }

  @Test
  void closingDoesNotWaitForASlowMerge() {
    open("merge.bytes.per.second.max", "1", "merge.garbage.min", "0.3", "file.bytes.max", "256KiB");
    for (int i = 0; i < 200; i++) {
      put(i % 50, 4_000);
    }
    engine.close();
  }
}
