package dev.plinth.engine.jungle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JungleEngineTest {
  private static final Durability WRITTEN = Durability.WRITTEN;

  @TempDir Path folder;

  private Engine open(String name, String... options) {
    return open(folder.resolve(name), EngineEnvironment.standard(), options);
  }

  /// A store with small tables.
  static Engine open(Path path, EngineEnvironment environment, String... options) {
    Map<String, String> all = new HashMap<>();
    all.put("engine", "jungle");
    all.put("memtable.bytes", "16KiB");
    all.put("table.bytes", "64KiB");
    all.put("level.base.bytes", "32KiB");
    all.put("level.fanout", "4");
    all.put("log.segment.bytes", "64KiB");
    all.put("log.buffer.bytes", "16KiB");
    for (String option : options) {
      int equals = option.indexOf('=');
      all.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return Engines.open(path, all, environment);
  }

  static byte[] key(int i) {
    return String.format("key%08d", i).getBytes(StandardCharsets.UTF_8);
  }

  static byte[] value(SplittableRandom random, int bytes) {
    byte[] value = new byte[bytes];
    random.nextBytes(value);
    return value;
  }

  static NavigableMap<byte[], byte[]> model() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  static void assertSame(NavigableMap<byte[], byte[]> model, Reader reader) {
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      for (var entry : model.entrySet()) {
        assertTrue(cursor.next());
        assertArrayEquals(entry.getKey(), cursor.key());
        assertArrayEquals(entry.getValue(), cursor.value());
      }
      assertEquals(false, cursor.next());
      for (var entry : model.descendingMap().entrySet()) {
        assertTrue(cursor.previous());
        assertArrayEquals(entry.getKey(), cursor.key());
        assertArrayEquals(entry.getValue(), cursor.value());
      }
      assertEquals(false, cursor.previous());
    }
  }

  static long detail(Engine engine, String name) {
    return engine.stats().details().getOrDefault(name, 0L);
  }

  /// Some megabytes of random work: three levels, merges, in-place compactions, snapshots that stay
  /// open over all of it, range deletes.
  @Test
  void longRandomWork() {
    NavigableMap<byte[], byte[]> model = model();
    SplittableRandom random = new SplittableRandom(7);
    List<Snapshot> snapshots = new ArrayList<>();
    List<NavigableMap<byte[], byte[]>> frozen = new ArrayList<>();
    Engine engine = open("work");
    for (int i = 0; i < 30_000; i++) {
      byte[] key = key(random.nextInt(8_000));
      int what = random.nextInt(1000);
      if (what < 900) {
        byte[] value = value(random, random.nextInt(300));
        engine.put(key, value, WRITTEN);
        model.put(key, value);
      } else if (what < 999) {
        engine.delete(key, WRITTEN);
        model.remove(key);
      } else {
        byte[] to = key(random.nextInt(8_000));
        engine.deleteRange(KeyRange.of(key, to), WRITTEN);
        if (Arrays.compareUnsigned(key, to) < 0) {
          model.subMap(key, to).clear();
        }
      }
      if (i % 4_000 == 1_234) {
        snapshots.add(engine.snapshot());
        NavigableMap<byte[], byte[]> copy = model();
        copy.putAll(model);
        frozen.add(copy);
      }
      if (i == 15_000) {
        for (int s = 0; s < snapshots.size(); s += 2) {
          assertSame(frozen.get(s), snapshots.get(s));
        }
      }
    }
    assertSame(model, engine);
    for (int s = 0; s < snapshots.size(); s++) {
      assertSame(frozen.get(s), snapshots.get(s));
      snapshots.get(s).close();
    }
    engine.settle();
    assertTrue(detail(engine, "compactions.merge") > 0);
    assertTrue(detail(engine, "compactions.rewrite") > 0);
    assertTrue(detail(engine, "level.3.bytes") > 0, engine.stats().details().toString());
    assertEquals(model.size(), engine.verify().entries());
    StateDigest digest = engine.digest();
    engine.compact(KeyRange.all());
    assertEquals(digest, engine.digest());
    long live = detail(engine, "tables.live.bytes");
    assertTrue(detail(engine, "tables.bytes") < live * 1.3 + 100_000);
    engine.close();
    try (Engine again = open("work")) {
      assertSame(model, again);
      for (int i = 0; i < 8_000; i += 7) {
        assertArrayEquals(model.get(key(i)), again.get(key(i)));
      }
    }
  }

  @Test
  void anOlderValueNeverResurfaces() {
    try (Engine engine = open("deletes")) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 4_000; i++) {
        engine.put(key(i), value(random, 200), WRITTEN);
      }
      engine.settle();
      for (int i = 0; i < 4_000; i += 2) {
        engine.delete(key(i), WRITTEN);
      }
      engine.deleteRange(KeyRange.of(key(1_000), key(2_000)), WRITTEN);
      for (int round = 0; round < 6; round++) {
        engine.settle();
        for (int i = 0; i < 4_000; i += 37) {
          boolean gone = i % 2 == 0 || (i >= 1_000 && i < 2_000);
          assertEquals(gone, engine.get(key(i)) == null, "key " + i + " in round " + round);
        }
        for (int i = 0; i < 300; i++) {
          engine.put(key(5_000 + round * 300 + i), value(random, 300), WRITTEN);
        }
      }
      engine.compact(KeyRange.all());
      assertEquals(0, detail(engine, "level.1.bytes"));
      assertEquals(1_500 + 6 * 300, engine.verify().entries());
    }
  }

  @Test
  void ascendingKeysAreWrittenOnceAndMoveDown() {
    try (Engine engine =
        open("ascending", "wal=off", "memtable.bytes=64KiB", "level.base.bytes=128KiB")) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 10_000; i++) {
        engine.put(key(i), value(random, 200), Durability.BUFFERED);
      }
      engine.settle();
      assertTrue(detail(engine, "compactions.move") > 0);
      double amplification = engine.stats().ledger().total() / (double) engine.stats().userBytes();
      assertTrue(amplification < 1.6, "write amplification " + amplification);
    }
  }

  /// The checkpoint's files are shared while the store goes on appending to them; neither side sees
  /// the other's work, and the checkpoint writes nothing into a shared file.
  @Test
  void aCheckpointSharesFilesThatGrow() {
    NavigableMap<byte[], byte[]> model = model();
    SplittableRandom random = new SplittableRandom(3);
    Engine engine = open("store");
    for (int i = 0; i < 6_000; i++) {
      byte[] key = key(random.nextInt(3_000));
      byte[] value = value(random, 200);
      engine.put(key, value, WRITTEN);
      model.put(key, value);
    }
    engine.checkpoint(folder.resolve("copy"));
    NavigableMap<byte[], byte[]> copied = model();
    copied.putAll(model);
    Engine copy = open("copy");
    for (int i = 0; i < 6_000; i++) {
      byte[] key = key(random.nextInt(3_000));
      byte[] value = value(random, 150);
      engine.put(key, value, WRITTEN);
      model.put(key, value);
      byte[] other = key(random.nextInt(3_000));
      copy.delete(other, WRITTEN);
      copied.remove(other);
    }
    assertSame(model, engine);
    assertSame(copied, copy);
    copy.close();
    engine.close();
    try (Engine one = open("store");
        Engine two = open("copy")) {
      assertSame(model, one);
      assertSame(copied, two);
      one.verify();
      two.verify();
    }
  }

  @Test
  void namedSnapshotsSurviveRestarts() {
    NavigableMap<byte[], byte[]> model = model();
    SplittableRandom random = new SplittableRandom(5);
    Map<String, NavigableMap<byte[], byte[]>> kept = new TreeMap<>();
    Engine engine = open("named");
    for (int round = 0; round < 12; round++) {
      for (int i = 0; i < 1_000; i++) {
        byte[] key = key(random.nextInt(2_000));
        byte[] value = value(random, 100);
        engine.put(key, value, WRITTEN);
        model.put(key, value);
      }
      String name = "round-" + round;
      engine.keepSnapshot(name);
      NavigableMap<byte[], byte[]> copy = model();
      copy.putAll(model);
      kept.put(name, copy);
      if (round % 3 == 2) {
        String victim = kept.keySet().iterator().next();
        engine.dropSnapshot(victim);
        kept.remove(victim);
      }
      if (round % 4 == 3) {
        engine.close();
        engine = open("named");
      }
      assertEquals(List.copyOf(kept.keySet()), engine.keptSnapshots());
      for (var one : kept.entrySet()) {
        try (Snapshot snapshot = engine.openSnapshot(one.getKey())) {
          assertSame(one.getValue(), snapshot);
        }
      }
    }
    engine.compact(KeyRange.all());
    engine.verify();
    String last = "round-11";
    try (Snapshot snapshot = engine.openSnapshot(last)) {
      engine.dropSnapshot(last);
      assertSame(kept.get(last), snapshot);
    }
    Engine now = engine;
    assertThrows(IllegalArgumentException.class, () -> now.openSnapshot(last));
    assertThrows(IllegalArgumentException.class, () -> now.dropSnapshot(last));
    assertThrows(IllegalArgumentException.class, () -> now.keepSnapshot("round-9"));
    for (String name : engine.keptSnapshots()) {
      engine.dropSnapshot(name);
    }
    engine.compact(KeyRange.all());
    long live = detail(engine, "tables.live.bytes");
    assertTrue(engine.stats().diskBytes() < 2 * live + (2 << 20), "space came back");
    engine.close();
  }

  @Test
  void spaceStaysUnderItsLimit() {
    long max = 9 << 20;
    try (Engine engine =
        open(
            "space",
            "table.bytes=256KiB",
            "space.bytes.max=" + max,
            "space.factor=20",
            "space.factor.upper=20")) {
      SplittableRandom random = new SplittableRandom(9);
      long highest = 0;
      for (int i = 0; i < 12_000; i++) {
        engine.put(key(random.nextInt(4_000)), value(random, 500), WRITTEN);
        if (i % 500 == 0) {
          highest = Math.max(highest, engine.stats().diskBytes());
        }
      }
      assertTrue(highest <= max, highest + " bytes were on disk");
      assertThrows(
          StorageException.NoSpace.class,
          () -> {
            for (int i = 0; i < 30_000; i++) {
              engine.put(key(10_000 + i), value(random, 500), WRITTEN);
            }
          });
      engine.deleteRange(KeyRange.of(key(10_000), null), WRITTEN);
      engine.compact(KeyRange.all());
      engine.put(key(1), value(random, 10), WRITTEN);
    }
  }

  @Test
  void theSpaceTargetHolds() {
    try (Engine engine =
        open(
            "target",
            "table.bytes=256KiB",
            "space.amplification.target=1.5",
            "space.factor=20",
            "wal=off")) {
      SplittableRandom random = new SplittableRandom(9);
      for (int i = 0; i < 30_000; i++) {
        engine.put(key(random.nextInt(4_000)), value(random, 400), Durability.BUFFERED);
      }
      engine.settle();
      double used = detail(engine, "tables.bytes");
      double aim = 1.6 * detail(engine, "tables.live.bytes") + 8192 * detail(engine, "tables");
      assertTrue(used < aim, used + " bytes, aim " + aim);
    }
  }

  @Test
  void ingestedEntriesWinAndBatchesWithRangesKeepTheirOrder() {
    try (Engine engine = open("ingest")) {
      engine.write(
          new WriteBatch()
              .put(key(1), new byte[] {1})
              .deleteRange(KeyRange.of(key(0), key(3)))
              .put(key(2), new byte[] {2}),
          WRITTEN);
      engine.settle();
      assertNull(engine.get(key(1)));
      assertArrayEquals(new byte[] {2}, engine.get(key(2)));
      engine.settle();
      try (Engine other = open("other")) {
        for (int i = 0; i < 3_000; i++) {
          other.put(key(i), new byte[] {3, (byte) i}, WRITTEN);
        }
        try (Cursor cursor = other.cursor(KeyRange.all())) {
          engine.ingest(cursor);
        }
      }
      engine.put(key(5), new byte[] {5}, WRITTEN);
      engine.settle();
      assertArrayEquals(new byte[] {3, 2}, engine.get(key(2)));
      assertArrayEquals(new byte[] {5}, engine.get(key(5)));
      assertEquals(3_000, engine.verify().entries());
      byte[] probe = key(7);
      assertTrue(engine.read(MemorySegment.ofArray(probe), 0, probe.length, (s, o, l) -> {}));
    }
  }
}
