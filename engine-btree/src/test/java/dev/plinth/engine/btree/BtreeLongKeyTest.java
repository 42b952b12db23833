package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys too long for a page: found, ordered, moved, copied and recovered like all others.
class BtreeLongKeyTest {
  private static final Path STORE = Path.of("/sim/store");

  /// Pages of 1 KiB hold 192 bytes of a key, of a longer one 176.
  private static final int[] STEMS = {0, 3, 170, 176, 177, 190, 192, 300, 5000};

  private static Engine open(SimDisk disk, String... more) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "engine", "btree",
                "wal", "off",
                "checked", "on",
                "page.bytes", "1KiB",
                "cache.bytes", "256KiB",
                "dirty.bytes.max", "256KiB",
                "commit.every.bytes", "0"));
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return Engines.open(
        STORE, options, EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {}));
  }

  private static SimDisk disk() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(Path.of("/sim"));
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  /// A key that agrees with many others for as long as its stem is.
  private static byte[] key(Random random) {
    int stem = STEMS[random.nextInt(STEMS.length)];
    byte[] key = new byte[stem + 1 + random.nextInt(random.nextInt(10) == 0 ? 250 : 3)];
    Arrays.fill(key, (byte) 'x');
    for (int i = stem; i < key.length; i++) {
      key[i] = (byte) ('w' + random.nextInt(3));
    }
    return key;
  }

  private static byte[] numbered(int number) {
    byte[] key = new byte[900];
    Arrays.fill(key, (byte) 'k');
    byte[] tail = String.format("%06d", number).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(tail, 0, key, key.length - tail.length, tail.length);
    return key;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void agreesWithASortedMap(String wal) {
    SimDisk disk = disk();
    Random random = new Random(11);
    NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    for (int session = 0; session < 3; session++) {
      try (Engine engine = open(disk, "wal", wal, "log.segment.bytes", "1MiB")) {
        requireSame(model, engine, random);
        for (int i = 0; i < 1200; i++) {
          change(engine, model, random);
        }
        requireSame(model, engine, random);
        if (session == 1) {
          engine.compact(KeyRange.all());
          requireSame(model, engine, random);
        }
        assertEquals(model.size(), engine.verify().entries());
        assertEquals(model.size(), engine.stats().liveEntries());
        assertEquals(liveBytes(model), engine.stats().liveBytes());
      }
    }
    try (Engine engine = open(disk)) {
      engine.checkpoint(Path.of("/sim/copy"));
      engine.deleteRange(KeyRange.all(), Durability.BUFFERED);
      assertEquals(0, engine.verify().entries());
      assertEquals(0, engine.stats().details().get("extent.pages"));
    }
    try (Engine copy =
        Engines.open(
            Path.of("/sim/copy"),
            Map.of("engine", "btree", "page.bytes", "1KiB", "cache.bytes", "256KiB"),
            EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {}))) {
      requireSame(model, copy, random);
      assertEquals(model.size(), copy.verify().entries());
    }
  }

  private static long liveBytes(NavigableMap<byte[], byte[]> model) {
    return model.entrySet().stream().mapToLong(e -> e.getKey().length + e.getValue().length).sum();
  }

  private static void change(Engine engine, NavigableMap<byte[], byte[]> model, Random random) {
    byte[] key = key(random);
    int what = random.nextInt(200);
    if (what == 0 && model.size() > 50) {
      byte[] from = model.ceilingKey(key);
      byte[] to = from == null ? null : model.higherKey(from);
      for (int i = random.nextInt(25); to != null && i > 0; i--) {
        to = model.higherKey(to);
      }
      if (to != null) {
        engine.deleteRange(KeyRange.of(from, to), Durability.BUFFERED);
        model.subMap(from, true, to, false).clear();
      }
    } else if (what < 60) {
      byte[] near = model.ceilingKey(key);
      key = near == null ? key : near;
      engine.delete(key, Durability.BUFFERED);
      model.remove(key);
    } else {
      byte[] value = new byte[random.nextInt(random.nextInt(20) == 0 ? 1500 : 40)];
      random.nextBytes(value);
      engine.put(key, value, Durability.BUFFERED);
      model.put(key, value);
    }
  }

  private static void requireSame(
      NavigableMap<byte[], byte[]> model, Engine engine, Random random) {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      for (Map.Entry<byte[], byte[]> entry : model.entrySet()) {
        assertTrue(cursor.next());
        assertArrayEquals(entry.getKey(), cursor.key());
        assertArrayEquals(entry.getValue(), cursor.value());
        assertArrayEquals(entry.getValue(), engine.get(entry.getKey()));
      }
      assertTrue(!cursor.next());
      for (int i = 0; i < 100; i++) {
        byte[] key = key(random);
        byte[] at = model.ceilingKey(key);
        assertEquals(at != null, cursor.seek(MemorySegment.ofArray(key), 0, key.length));
        if (at != null) {
          assertArrayEquals(at, cursor.key());
        }
        byte[] before = model.floorKey(key);
        assertEquals(
            before != null, cursor.seekAtOrBefore(MemorySegment.ofArray(key), 0, key.length));
        if (before != null) {
          assertArrayEquals(before, cursor.key());
        }
        assertArrayEquals(model.get(key), engine.get(key));
      }
    }
    byte[] from = key(random);
    byte[] to = key(random);
    if (Arrays.compareUnsigned(from, to) < 0) {
      try (Cursor cursor = engine.cursor(KeyRange.of(from, to))) {
        for (byte[] key : model.subMap(from, true, to, false).descendingKeySet()) {
          assertTrue(cursor.previous());
          assertArrayEquals(key, cursor.key());
        }
        assertTrue(!cursor.previous());
      }
    }
  }

  @Test
  void theLongestKeyIsTakenAndALongerOneRefused() {
    try (Engine engine = open(disk(), "wal", "on")) {
      byte[] longest = new byte[EngineTraits.KEY_BYTES_LIMIT];
      byte[] twin = longest.clone();
      twin[longest.length - 1] = 1;
      engine.put(longest, bytes("a"), Durability.SYNCED);
      engine.put(twin, bytes("b"), Durability.SYNCED);
      assertArrayEquals(bytes("a"), engine.get(longest));
      assertArrayEquals(bytes("b"), engine.get(twin));
      byte[] longer = new byte[longest.length + 1];
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> engine.put(longer, bytes("c"), Durability.BUFFERED));
      engine.delete(longest, Durability.BUFFERED);
      assertNull(engine.get(longest));
      assertEquals(1, engine.verify().entries());
    }
  }

  @Test
  void aFullStoreRefusesAKeyAndStaysWhole() {
    SimDisk disk = disk();
    int stored = 0;
    try (Engine engine = open(disk, "space.bytes.max", "640KiB")) {
      int refused = 0;
      for (int i = 0; i < 2000 && refused < 20; i++) {
        byte[] key = new byte[200 + i % 7 * 3000];
        Arrays.fill(key, (byte) 'f');
        byte[] tail = bytes(String.format("%05d", i * 7919 % 10007));
        System.arraycopy(tail, 0, key, key.length - 5, 5);
        try {
          engine.put(key, bytes("v"), Durability.BUFFERED);
          stored++;
        } catch (StorageException.NoSpace e) {
          assertNull(engine.get(key));
          refused++;
        }
      }
      assertEquals(20, refused);
      assertEquals(stored, engine.verify().entries());
      engine.deleteRange(KeyRange.all(), Durability.BUFFERED);
      engine.flush();
      engine.put(numbered(1), bytes("v"), Durability.BUFFERED);
      assertEquals(1, engine.verify().entries());
    }
  }

  @Test
  void crashesAtEveryWriteOfCommitsRelocationAndCheckpointLeaveOneState() {
    SimDisk disk = disk();
    Engine engine = open(disk);
    fill(engine, "0");
    engine.flush();
    List<SimDisk> images = new ArrayList<>();
    disk.watch((seen, step, operation) -> images.add(seen.image()));
    for (int round = 1; round < 4; round++) {
      fill(engine, "" + round);
      engine.flush();
    }
    engine.deleteRange(KeyRange.of(numbered(5), numbered(35)), Durability.BUFFERED);
    engine.compact(KeyRange.all());
    engine.checkpoint(Path.of("/sim/copy"));
    disk.watch(null);
    engine.close();
    assertTrue(images.size() > 50, images.size() + " images");
    Random random = new Random(2);
    for (SimDisk image : images) {
      requireOneState(image.crash(new CrashState.NothingUnsynced()));
      requireOneState(image.crash(new CrashState.Everything()));
      requireOneState(image.crash(new CrashState.AnySubset(random.nextLong())));
    }
  }

  private static void fill(Engine engine, String value) {
    dev.plinth.spi.WriteBatch batch = new dev.plinth.spi.WriteBatch();
    for (int i = 0; i < 40; i++) {
      batch.put(numbered(i), bytes(value));
    }
    engine.write(batch, Durability.BUFFERED);
  }

  private static void requireOneState(SimDisk crashed) {
    try (Engine engine = open(crashed)) {
      long entries = engine.verify().entries();
      assertTrue(entries == 40 || entries == 10, entries + " entries");
      byte[] first = engine.get(numbered(0));
      for (int i = 0; i < 40; i++) {
        byte[] value = engine.get(numbered(i));
        boolean gone = entries == 10 && i >= 5 && i < 35;
        assertArrayEquals(gone ? null : first, value, "key " + i);
      }
    }
  }

  @Test
  void damageToTheRestOfAKeyIsReportedOrHarmless() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      fill(engine, "v");
      engine.flush();
    }
    Path tree = STORE.resolve(Opening.TREE);
    long size = disk.size(tree);
    int reported = 0;
    for (long at = PageFormat.FIRST_PAGE_OFFSET + 7; at < size; at += 131) {
      SimDisk damaged = disk.image().crash(new CrashState.Everything());
      flip(damaged, tree, at);
      reported += isReported(damaged) ? 1 : 0;
    }
    assertTrue(reported > 100, reported + " of the changes were reported");
  }

  private static void flip(SimDisk disk, Path path, long at) {
    try (DiskFile file = disk.open(path, OpenMode.WRITE)) {
      byte[] one = new byte[1];
      file.read(at, MemorySegment.ofArray(one), 0, 1);
      one[0] ^= 16;
      file.write(at, MemorySegment.ofArray(one), 0, 1, ByteCause.OTHER);
    }
  }

  private static boolean isReported(SimDisk disk) {
    boolean reported = false;
    try (Engine engine = open(disk)) {
      for (int i = 0; i < 40; i++) {
        try {
          assertArrayEquals(bytes("v"), engine.get(numbered(i)), "key " + i);
        } catch (StorageException.Corrupt e) {
          reported = true;
        }
      }
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        for (int i = 0; cursor.next(); i++) {
          assertArrayEquals(numbered(i), cursor.key());
        }
      } catch (StorageException.Corrupt e) {
        reported = true;
      }
      engine.verify();
    } catch (StorageException.Corrupt e) {
      reported = true;
    }
    return reported;
  }

  @Test
  void readersFindLongKeysWhileTheirPagesChange() throws InterruptedException {
    try (Engine engine = open(disk(), "dirty.bytes.max", "2MiB")) {
      for (int i = 0; i < 60; i += 2) {
        engine.put(numbered(i), bytes("stays"), Durability.BUFFERED);
      }
      AtomicReference<Throwable> failure = new AtomicReference<>();
      AtomicBoolean done = new AtomicBoolean();
      Thread[] readers = new Thread[2];
      for (int r = 0; r < readers.length; r++) {
        readers[r] =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        for (int i = 0; !done.get(); i = (i + 2) % 60) {
                          assertArrayEquals(bytes("stays"), engine.get(numbered(i)));
                        }
                      } catch (Throwable e) {
                        failure.set(e);
                      }
                    });
      }
      Random random = new Random(4);
      for (int i = 0; i < 4000 && failure.get() == null; i++) {
        byte[] key = numbered(2 * random.nextInt(30) + 1);
        if (random.nextBoolean()) {
          engine.put(key, new byte[random.nextInt(200)], Durability.BUFFERED);
        } else {
          engine.delete(key, Durability.BUFFERED);
        }
        if (i % 500 == 0) {
          engine.flush();
        }
      }
      done.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertNull(failure.get());
      engine.verify();
    }
  }

  @Test
  void aSnapshotKeepsTheRestsOfItsKeys() {
    try (Engine engine = open(disk())) {
      fill(engine, "old");
      try (Snapshot snapshot = engine.snapshot()) {
        engine.deleteRange(KeyRange.of(numbered(3), numbered(30)), Durability.BUFFERED);
        engine.compact(KeyRange.all());
        for (int i = 100; i < 200; i++) {
          engine.put(numbered(i), bytes("new"), Durability.BUFFERED);
        }
        engine.flush();
        try (Cursor cursor = snapshot.cursor(KeyRange.all())) {
          for (int i = 0; i < 40; i++) {
            assertTrue(cursor.next());
            assertArrayEquals(numbered(i), cursor.key());
            assertArrayEquals(bytes("old"), snapshot.get(numbered(i)));
          }
        }
      }
      engine.compact(KeyRange.all());
      assertEquals(113, engine.verify().entries());
    }
  }
}
