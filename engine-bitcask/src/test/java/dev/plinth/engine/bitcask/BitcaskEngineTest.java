package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BitcaskEngineTest {
  @TempDir Path folder;

  private static final Map<String, String> TINY =
      Map.of("engine", "bitcask", "file.bytes.max", "8KiB", "chunk.bytes", "4KiB");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void putsAreFoundAgainAlsoAfterReopening() {
    try (Engine engine = Engines.open(folder.resolve("a"), TINY)) {
      for (int i = 0; i < 5000; i++) {
        Durability durability = Durability.values()[i % 100 == 0 ? 2 : i % 2];
        engine.put(bytes("key" + i), bytes("value" + i), durability);
      }
      check(engine);
    }
    try (Engine engine = Engines.open(folder.resolve("a"), TINY)) {
      check(engine);
      assertEquals(5000, engine.sequence());
      engine.verify();
    }
  }

  private static void check(Engine engine) {
    for (int i = 0; i < 5000; i++) {
      assertArrayEquals(bytes("value" + i), engine.get(bytes("key" + i)));
    }
    assertNull(engine.get(bytes("missing")));
    assertEquals(5000, engine.stats().liveEntries());
  }

  @Test
  void behavesLikeAMapUnderOverwritesDeletesMergesAndReopening() {
    SplittableRandom random = new SplittableRandom(7);
    NavigableMap<String, String> model = new TreeMap<>();
    Engine engine = Engines.open(folder.resolve("b"), TINY);
    try {
      for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 3000; i++) {
          step(random, model, engine);
        }
        if (round % 3 == 1) {
          engine.compact(KeyRange.all());
        }
        compare(model, engine);
        if (round % 2 == 1) {
          engine.close();
          engine = Engines.open(folder.resolve("b"), TINY);
          compare(model, engine);
        }
      }
    } finally {
      engine.close();
    }
  }

  private static void step(
      SplittableRandom random, NavigableMap<String, String> model, Engine engine) {
    String key = "k" + random.nextInt(500);
    int what = random.nextInt(100);
    if (what < 60) {
      String value = "v" + random.nextInt();
      model.put(key, value);
      engine.put(bytes(key), bytes(value), Durability.WRITTEN);
    } else if (what < 85) {
      model.remove(key);
      engine.delete(bytes(key), Durability.BUFFERED);
    } else if (what < 99) {
      WriteBatch batch = new WriteBatch();
      for (int j = 0; j < 5; j++) {
        String other = "k" + random.nextInt(500);
        batch.put(bytes(other), bytes("b" + j));
        model.put(other, "b" + j);
      }
      batch.delete(bytes(key));
      model.remove(key);
      engine.write(batch.applied(3, 17), Durability.BUFFERED);
    } else if (random.nextInt(10) == 0) {
      engine.deleteRange(KeyRange.of(bytes(key), bytes(key + "~")), Durability.WRITTEN);
      model.subMap(key, key + "~").clear();
    }
  }

  private static void compare(NavigableMap<String, String> model, Engine engine) {
    assertEquals(model.size(), engine.stats().liveEntries());
    long live = 0;
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      for (Map.Entry<String, String> entry : model.entrySet()) {
        assertTrue(cursor.next());
        assertArrayEquals(bytes(entry.getKey()), cursor.key());
        assertArrayEquals(bytes(entry.getValue()), cursor.value());
        live += entry.getKey().length() + entry.getValue().length();
      }
      assertFalse(cursor.next());
    }
    assertEquals(live, engine.stats().liveBytes());
    assertEquals(engine.verify().entries(), model.size());
  }

  @Test
  void snapshotsStayWhileTheEngineGoesOn() {
    try (Engine engine = Engines.open(folder.resolve("c"), TINY)) {
      for (int i = 0; i < 300; i++) {
        engine.put(bytes("k" + i), bytes("old" + i), Durability.BUFFERED);
      }
      StateDigest before = engine.digest();
      try (Snapshot snapshot = engine.snapshot()) {
        for (int round = 0; round < 20; round++) {
          for (int i = 0; i < 300; i++) {
            engine.put(bytes("k" + i), bytes("new" + round + i), Durability.BUFFERED);
          }
        }
        engine.deleteRange(KeyRange.prefix(bytes("k1")), Durability.SYNCED);
        engine.compact(KeyRange.all());
        for (int i = 0; i < 300; i++) {
          assertArrayEquals(bytes("old" + i), snapshot.get(bytes("k" + i)));
        }
        assertEquals(before, StateDigest.of(snapshot));
      }
      assertNull(engine.get(bytes("k1")));
      assertArrayEquals(bytes("new1920"), engine.get(bytes("k20")));
    }
  }

  @Test
  void aCheckpointIsAnEngineOfItsOwn() {
    try (Engine engine = Engines.open(folder.resolve("d"), TINY)) {
      for (int i = 0; i < 1000; i++) {
        engine.put(bytes("k" + i), bytes("v" + i), Durability.BUFFERED);
      }
      engine.checkpoint(folder.resolve("copy"));
      StateDigest digest = engine.digest();
      engine.delete(bytes("k5"), Durability.SYNCED);
      engine.compact(KeyRange.all());
      try (Engine copy = Engines.open(folder.resolve("copy"), TINY)) {
        assertEquals(digest, copy.digest());
        copy.put(bytes("k5"), bytes("mine"), Durability.SYNCED);
        copy.compact(KeyRange.all());
        assertNull(engine.get(bytes("k5")));
        copy.verify();
      }
      engine.verify();
    }
  }

  @Test
  void compactingARangeLeavesFilesWithoutItsGarbageAlone() {
    try (BitcaskEngine engine =
        BitcaskEngine.open(
            folder.resolve("r"),
            EngineOptions.of(
                BitcaskOptions.specs(), Map.of("file.bytes.max", "8KiB", "merge", "off")),
            EngineEnvironment.standard())) {
      for (int i = 0; i < 400; i++) {
        engine.put(bytes("a" + i % 100), new byte[100], Durability.WRITTEN);
      }
      engine.parts().rollAndSeal();
      Set<Integer> ofA = sealed(engine);
      for (int i = 0; i < 400; i++) {
        engine.put(bytes("b" + i % 100), new byte[100], Durability.WRITTEN);
      }
      engine.parts().rollAndSeal();
      Set<Integer> ofB = sealed(engine);
      ofB.removeAll(ofA);
      long merges = engine.parts().merger.merges();
      engine.compact(KeyRange.prefix(bytes("c")));
      assertEquals(merges, engine.parts().merger.merges());
      engine.compact(KeyRange.prefix(bytes("a")));
      assertTrue(sealed(engine).containsAll(ofB));
      assertFalse(
          engine.parts().table.all().stream()
              .anyMatch(file -> ofA.contains(file.number) && file.hasDeadPuts()));
      assertEquals(200, engine.verify().entries());
    }
  }

  private static Set<Integer> sealed(BitcaskEngine engine) {
    Set<Integer> numbers = new HashSet<>();
    for (DataFile file : engine.parts().table.all()) {
      if (file.isSealed() && !file.isObsolete()) {
        numbers.add(file.number);
      }
    }
    return numbers;
  }
}
