package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Merges that several threads share, by ranges of keys.
final class SharedMergeTest {
  private static final int KEYS = 4_000;

  /// Too small for a reserve.
  private static final long ROOM_BYTES = 3 << 20;

  private static final Path STORE = Path.of("/store");

  private final SimDisk disk = new SimDisk();
  private final Random random = new Random(3);
  private final TreeMap<Integer, byte[]> content = new TreeMap<>();

  @Test
  void partsOfOneMergeMakeOneRun() {
    try (Engine engine = open(3, 0)) {
      for (int round = 0; round < 6; round++) {
        change(engine);
        check(engine);
      }
      engine.settle();
      Map<String, Long> details = engine.stats().details();
      assertTrue(
          details.get("compactions.merge.parts") > details.get("compactions.merge"),
          details.toString());
      try (Snapshot snapshot = engine.snapshot()) {
        TreeMap<Integer, byte[]> before = new TreeMap<>(content);
        change(engine);
        engine.compact(KeyRange.all());
        for (int key = 0; key < KEYS; key++) {
          assertArrayEquals(before.get(key), snapshot.get(key(key)), "key " + key);
        }
      }
      engine.compact(KeyRange.all());
      check(engine);
      assertEquals(content.size(), engine.verify().entries());
      assertEquals(1, engine.stats().details().get("runs"));
      nothingIsLeftBehind(engine);
    }
  }

  @Test
  void oneThreadWorksAlone() {
    try (Engine engine = open(1, 0)) {
      change(engine);
      change(engine);
      engine.compact(KeyRange.all());
      check(engine);
      assertEquals(0, engine.stats().details().get("compactions.helped"));
    }
  }

  @Test
  void whatFindsNoRoomLeavesNothingBehind() {
    for (long value : new long[] {0, 100}) {
      disk.capacity(ROOM_BYTES);
      try (Engine engine = open(4, value)) {
        change(engine);
        change(engine);
        engine.settle();
      }
      int refused = 0;
      for (int share = 1; share < 9; share++) {
        try (Engine engine = open(4, value)) {
          refused += compactWithin(engine, share) ? 0 : 1;
        }
      }
      assertTrue(refused > 0);
      try (Engine engine = open(4, value)) {
        engine.compact(KeyRange.all());
        check(engine);
        nothingIsLeftBehind(engine);
        engine.deleteRange(KeyRange.all(), Durability.WRITTEN);
        content.clear();
        engine.compact(KeyRange.all());
      }
    }
  }

  /// Compacts when only some twentieths of what is used are left on the disk.
  ///
  /// @return whether there was room
  private boolean compactWithin(Engine engine, int twentieths) {
    disk.capacity(disk.usedBytes() + disk.usedBytes() * twentieths / 20);
    try {
      boolean found = hasRoom(engine);
      nothingIsLeftBehind(engine);
      return found;
    } catch (StorageException.Poisoned e) {
      // The manifest itself found no room (D8): reads go on, and it opens again.
      assertInstanceOf(StorageException.NoSpace.class, first(e));
      check(engine);
      return false;
    } finally {
      disk.capacity(ROOM_BYTES);
    }
  }

  private static boolean hasRoom(Engine engine) {
    try {
      engine.compact(KeyRange.all());
      return true;
    } catch (StorageException.NoSpace _) {
      return false;
    }
  }

  private static Throwable first(Throwable thrown) {
    Throwable cause = thrown.getCause();
    return cause == null ? thrown : first(cause);
  }

  @Test
  void closingGivesMergesUp() {
    for (int round = 0; round < 5; round++) {
      try (Engine engine = open(3, 0)) {
        change(engine);
        engine.flush();
      }
      try (Engine engine = open(3, 0)) {
        check(engine);
        engine.settle();
        nothingIsLeftBehind(engine);
      }
    }
  }

  private Engine open(int threads, long blobValueBytes) {
    return Engines.open(
        STORE,
        Map.of(
            "engine", "lsm-leveled",
            "memtable.bytes", "64KiB",
            "table.bytes.max", "8KiB",
            "block.bytes", "512",
            "log.segment.bytes", "64KiB",
            "log.buffer.bytes", "16KiB",
            "level.base.bytes", "64KiB",
            "level0.runs.trigger", "3",
            "blob.value.bytes.min", Long.toString(blobValueBytes),
            "compaction.threads", Integer.toString(threads)),
        EngineEnvironment.standard().withDisk(disk));
  }

  /// Puts, deletes and a deleted range, by chance.
  private void change(Engine engine) {
    for (int i = 0; i < KEYS; i += 100) {
      WriteBatch batch = new WriteBatch();
      for (int n = 0; n < 100; n++) {
        int key = random.nextInt(KEYS);
        if (random.nextInt(8) == 0) {
          batch.delete(key(key));
          content.remove(key);
        } else {
          byte[] value = new byte[20 + random.nextInt(150)];
          random.nextBytes(value);
          batch.put(key(key), value);
          content.put(key, value);
        }
      }
      engine.write(batch, Durability.WRITTEN);
    }
    int from = random.nextInt(KEYS);
    engine.deleteRange(KeyRange.of(key(from), key(from + KEYS / 20)), Durability.WRITTEN);
    content.subMap(from, from + KEYS / 20).clear();
  }

  private void check(Engine engine) {
    for (int key = 0; key < KEYS; key++) {
      assertArrayEquals(content.get(key), engine.get(key(key)), "key " + key);
    }
  }

  private void nothingIsLeftBehind(Engine engine) {
    engine.settle();
    Map<String, Long> details = engine.stats().details();
    assertEquals(details.get("tables"), files(".table"), disk.list(STORE).toString());
    assertEquals(details.get("blobs"), files(".blob"), disk.list(STORE).toString());
  }

  private long files(String ending) {
    return disk.list(STORE).stream().filter(name -> name.endsWith(ending)).count();
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(4).putInt(key).array();
  }
}
