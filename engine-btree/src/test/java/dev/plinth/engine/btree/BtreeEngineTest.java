package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BtreeEngineTest {
  private static final Path STORE = Path.of("/sim/store");
  private static final Map<String, String> SMALL =
      Map.of(
          "wal", "off",
          "page.bytes", "1KiB",
          "cache.bytes", "256KiB",
          "dirty.bytes.max", "128KiB",
          "commit.every.bytes", "0");

  private static Engine open(SimDisk disk, Map<String, String> more, Opening.SpaceFactory spaces) {
    Map<String, String> options = new HashMap<>(SMALL);
    options.putAll(more);
    EngineEnvironment environment = EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {});
    return Opening.open(STORE, Engines.options(new BtreeProvider(), options), environment, spaces);
  }

  private static Engine open(SimDisk disk) {
    return open(disk, Map.of(), Space::new);
  }

  private static SimDisk disk() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(Path.of("/sim"));
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] key(int number) {
    return bytes(String.format("key-%08d", number));
  }

  @Test
  void randomKeysOfAllLengthsAgreeWithASortedMap() {
    Random random = new Random(7);
    NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    try (Engine engine = open(disk())) {
      for (int i = 0; i < 6000; i++) {
        byte[] key = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 190 : 12)];
        random.nextBytes(key);
        if (random.nextInt(4) == 0 && !model.isEmpty()) {
          byte[] near = model.ceilingKey(key);
          key = near == null ? model.firstKey() : near;
          engine.delete(key, Durability.BUFFERED);
          model.remove(key);
        } else {
          byte[] value = new byte[random.nextInt(random.nextInt(30) == 0 ? 3000 : 60)];
          random.nextBytes(value);
          engine.put(key, value, Durability.BUFFERED);
          model.put(key, value);
        }
        if (i % 1500 == 1499) {
          requireSame(model, engine);
        }
      }
      engine.compact(KeyRange.all());
      requireSame(model, engine);
      assertEquals(model.size(), engine.verify().entries());
      assertEquals(model.size(), engine.stats().liveEntries());
    }
  }

  private static void requireSame(NavigableMap<byte[], byte[]> model, Engine engine) {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
        assertTrue(cursor.next());
        assertArrayEquals(entry.getKey(), cursor.key());
        assertArrayEquals(entry.getValue(), cursor.value());
        assertArrayEquals(entry.getValue(), engine.get(entry.getKey()));
      }
      assertTrue(!cursor.next());
      for (byte[] key : model.descendingKeySet()) {
        assertTrue(cursor.previous());
        assertArrayEquals(key, cursor.key());
      }
    }
  }

  @Test
  void ascendingKeysFillPages() {
    try (Engine engine = open(disk())) {
      for (int i = 0; i < 5000; i++) {
        engine.put(key(i), new byte[20], Durability.BUFFERED);
      }
      engine.settle();
      long pages =
          engine.stats().details().get("file.pages") - engine.stats().details().get("free.pages");
      long bytes = 5000L * (12 + 20);
      assertTrue(pages * 1024 < bytes * 14 / 10, pages + " pages for " + bytes + " bytes");
    }
  }

  @Test
  void theFileShrinksAfterDeletions() {
    try (Engine engine = open(disk())) {
      Random random = new Random(3);
      for (int i = 0; i < 8000; i++) {
        engine.put(key(random.nextInt(100_000)), new byte[40], Durability.BUFFERED);
      }
      engine.settle();
      long before = engine.stats().diskBytes();
      for (int i = 0; i < 100_000; i++) {
        if (i % 10 != 0) {
          engine.delete(key(i), Durability.BUFFERED);
        }
      }
      engine.compact(KeyRange.all());
      engine.settle();
      long live = engine.stats().liveBytes();
      long after = engine.stats().diskBytes();
      assertTrue(after < before / 4, before + " to " + after);
      assertTrue(after < live * 16 / 10, after + " bytes for " + live);
      assertEquals(engine.stats().liveEntries(), engine.verify().entries());
      assertTrue(engine.stats().ledger().bytes(ByteCause.COMPACTION) > 0);
    }
  }

  @Test
  void aRangeDeletionFreesWholeSubtrees() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      for (int i = 0; i < 5000; i++) {
        engine.put(key(i), new byte[i % 500 == 0 ? 2000 : 20], Durability.BUFFERED);
      }
      engine.deleteRange(KeyRange.of(key(100), key(4900)), Durability.BUFFERED);
      assertEquals(200, engine.stats().liveEntries());
      assertEquals(200, engine.verify().entries());
      assertNull(engine.get(key(100)));
      assertNull(engine.get(key(4899)));
      assertNotNull(engine.get(key(99)));
      assertNotNull(engine.get(key(4900)));
      engine.deleteRange(KeyRange.all(), Durability.BUFFERED);
      assertEquals(0, engine.verify().entries());
      assertEquals(0, engine.stats().details().get("extent.pages"));
    }
  }

  @Test
  void anOldSnapshotIsGivenUpBeforeTheSpaceLimitIsBroken() {
    try (Engine engine = open(disk(), Map.of("space.bytes.max", "320KiB"), Space::new)) {
      for (int i = 0; i < 2000; i++) {
        engine.put(key(i), new byte[50], Durability.BUFFERED);
      }
      engine.flush();
      try (Snapshot snapshot = engine.snapshot()) {
        for (int round = 0; round < 10; round++) {
          for (int i = 0; i < 2000; i++) {
            engine.put(key(i), new byte[50], Durability.BUFFERED);
          }
        }
        StorageException.SnapshotExpired error =
            assertThrows(StorageException.SnapshotExpired.class, () -> snapshot.get(key(1)));
        assertTrue(error.getMessage().contains("space.bytes.max"), error.getMessage());
      }
      assertTrue(engine.stats().details().get("file.pages") <= 320);
      StorageException.NoSpace full =
          assertThrows(
              StorageException.NoSpace.class,
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  engine.put(key(10_000 + i), new byte[50], Durability.BUFFERED);
                }
              });
      assertTrue(full.getMessage().contains("limit"), full.getMessage());
      engine.deleteRange(KeyRange.of(key(5_000), null), Durability.BUFFERED);
      engine.flush();
      engine.put(key(1), new byte[1], Durability.BUFFERED);
      assertEquals(2000, engine.verify().entries());
    }
  }

  /// The bug that the allocator's gates are there against.
  private static final class HastySpace extends Space {
    HastySpace(DiskFile file, PageCache cache, Epochs epochs, int pageBytes, long bytesMax) {
      super(file, cache, epochs, pageBytes, bytesMax);
    }

    @Override
    void release(long durable, long oldestShown) {
      super.release(Long.MAX_VALUE, Long.MAX_VALUE);
    }
  }

  @Test
  void pagesThatASnapshotNeedsAreNotReused() {
    assertTrue(snapshotStays(Space::new));
    assertTrue(!snapshotStays(HastySpace::new), "the test does not see pages reused too early");
  }

  private static boolean snapshotStays(Opening.SpaceFactory spaces) {
    try (Engine engine = open(disk(), Map.of(), spaces)) {
      fill(engine, "old");
      engine.flush();
      try (Snapshot snapshot = engine.snapshot()) {
        for (int round = 0; round < 4; round++) {
          fill(engine, "new" + round);
          engine.flush();
        }
        for (int i = 0; i < 300; i++) {
          byte[] value = snapshot.get(key(i));
          if (!Arrays.equals(bytes("old"), value)) {
            return false;
          }
        }
        return true;
      } catch (StorageException | IllegalStateException | IndexOutOfBoundsException e) {
        return false;
      }
    }
  }

  private static void fill(Engine engine, String value) {
    for (int i = 0; i < 300; i++) {
      engine.put(key(i), bytes(value), Durability.BUFFERED);
      if (i % 40 == 0) {
        engine.snapshot().close();
      }
    }
  }

  @Test
  void pagesThatTheDurableMetaNeedsAreNotReused() {
    assertEquals(0, brokenCrashes(Space::new));
    assertTrue(brokenCrashes(HastySpace::new) > 0, "the test does not see it");
  }

  /// How many crashes between two commits leave a store that does not open or has neither state.
  private static int brokenCrashes(Opening.SpaceFactory spaces) {
    SimDisk disk = disk();
    Engine engine = open(disk, Map.of("dirty.bytes.max", "8MiB"), spaces);
    fill(engine, "old");
    engine.flush();
    java.util.List<SimDisk> images = new java.util.ArrayList<>();
    disk.watch((seen, step, operation) -> images.add(seen.image()));
    fill(engine, "one");
    engine.snapshot().close();
    fill(engine, "two");
    engine.flush();
    disk.watch(null);
    engine.close();
    int broken = 0;
    for (SimDisk image : images) {
      for (CrashState state :
          new CrashState[] {new CrashState.NothingUnsynced(), new CrashState.Everything()}) {
        broken += opensWell(image.crash(state)) ? 0 : 1;
      }
    }
    assertTrue(images.size() > 3);
    return broken;
  }

  private static boolean opensWell(SimDisk disk) {
    try (Engine engine = open(disk)) {
      engine.verify();
      byte[] first = engine.get(key(0));
      for (int i = 0; i < 300; i++) {
        if (!Arrays.equals(first, engine.get(key(i)))) {
          return false;
        }
      }
      return first != null;
    } catch (StorageException e) {
      return false;
    }
  }

  @Test
  void manyGroupsKeepTheirAppliedIndexes() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      for (int group = 0; group < 300; group++) {
        engine.write(
            new dev.plinth.spi.WriteBatch()
                .put(key(group), bytes("v"))
                .applied(group, 1000L + group),
            Durability.BUFFERED);
      }
      engine.flush();
      assertEquals(1299, engine.durableAppliedIndex(299));
    }
    try (Engine engine = open(disk)) {
      for (int group = 0; group < 300; group++) {
        assertEquals(1000L + group, engine.appliedIndex(group));
      }
      engine.verify();
      engine.checkpoint(Path.of("/sim/copy"));
    }
  }
}
