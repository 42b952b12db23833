package dev.plinth.engine.jungle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `mode = log`: keys that ascend, deleted from either end.
final class JungleLogModeTest {
  private static final Path STORE = Path.of("/sim/log");

  private static final int CRASHES = 20;

  @TempDir Path folder;

  private static Engine open(Path path, EngineEnvironment environment) {
    return open(path, environment, "memtable.bytes=32KiB", "table.bytes=16KiB");
  }

  private static Engine open(Path path, EngineEnvironment environment, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("mode=log");
    return JungleEngineTest.open(path, environment, all.toArray(String[]::new));
  }

  /// What is deleted from the front goes as whole files.
  @Test
  void aPrefixGoesAsWholeFiles() {
    EngineEnvironment environment = EngineEnvironment.standard();
    try (Engine engine = open(folder.resolve("prefix"), environment, "memtable.bytes=128KiB")) {
      SplittableRandom random = new SplittableRandom(1);
      NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
      long tablesMax = 0;
      for (int i = 0; i < 20_000; i++) {
        byte[] value = JungleEngineTest.value(random, 200);
        engine.put(JungleEngineTest.key(i), value, Durability.BUFFERED);
        model.put(JungleEngineTest.key(i), value);
        if (i % 500 == 499 && i > 2000) {
          byte[] kept = JungleEngineTest.key(i - 2000);
          engine.deleteRange(KeyRange.of(null, kept), Durability.BUFFERED);
          model.headMap(kept).clear();
          tablesMax = Math.max(tablesMax, JungleEngineTest.detail(engine, "tables"));
        }
      }
      engine.settle();
      JungleEngineTest.assertSame(model, engine);
      // What is left of a file of which nine tenths are gone is copied.
      long copied = engine.stats().ledger().bytes(ByteCause.COMPACTION);
      assertTrue(copied < engine.stats().userBytes() / 20, "copied " + copied);
      long flushed = engine.stats().ledger().bytes(ByteCause.FLUSH);
      assertTrue(flushed < 1.5 * engine.stats().userBytes(), "flushed " + flushed);
      assertTrue(tablesMax < 60, "tables " + tablesMax);
      engine.deleteRange(KeyRange.all(), Durability.BUFFERED);
      engine.put(JungleEngineTest.key(99_999), new byte[10], Durability.BUFFERED);
      engine.compact(KeyRange.all());
      assertEquals(1, JungleEngineTest.detail(engine, "tables"));
    }
  }

  /// Keys in any order, deletes and overwrites cost more and are right all the same.
  @Test
  void otherKeysAreTakenToo() {
    NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
    SplittableRandom random = new SplittableRandom(2);
    Path path = folder.resolve("other");
    for (int round = 0; round < 3; round++) {
      try (Engine engine = open(path, EngineEnvironment.standard())) {
        JungleEngineTest.assertSame(model, engine);
        for (int i = 0; i < 1_200; i++) {
          byte[] key = JungleEngineTest.key(random.nextInt(1_000));
          if (random.nextInt(5) == 0) {
            engine.delete(key, Durability.BUFFERED);
            model.remove(key);
          } else {
            byte[] value = JungleEngineTest.value(random, random.nextInt(300));
            engine.put(key, value, Durability.BUFFERED);
            model.put(key, value);
          }
        }
        engine.settle();
        JungleEngineTest.assertSame(model, engine);
        engine.verify();
      }
    }
  }

  @Test
  void aStoreWithLevelsIsNotOpenedAsALog() {
    Path path = folder.resolve("levels");
    try (Engine engine = JungleEngineTest.open(path, EngineEnvironment.standard())) {
      SplittableRandom random = new SplittableRandom(3);
      for (int i = 0; i < 3_000; i++) {
        engine.put(
            JungleEngineTest.key(i), JungleEngineTest.value(random, 200), Durability.BUFFERED);
      }
      engine.settle();
      assertTrue(JungleEngineTest.detail(engine, "level.2.tables") > 0);
    }
    StorageException refused =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> open(path, EngineEnvironment.standard()));
    assertTrue(String.valueOf(refused.getMessage()).contains("open it so"), refused::getMessage);
    try (Engine engine = JungleEngineTest.open(path, EngineEnvironment.standard())) {
      engine.verify();
    }
  }

  /// A crash anywhere in a history of appends and of truncations at both ends: what is found is the
  /// state after some change, and that is not before the last one that was synced.
  @Test
  void crashesWhileBothEndsAreCut() {
    SimDisk whole = new SimDisk();
    new History().run(whole);
    long steps = whole.steps();
    assertTrue(steps > 100, "steps " + steps);
    for (long step = 3; step < steps; step += 1 + steps / CRASHES) {
      SimDisk disk = new SimDisk().stopAt(step);
      History history = new History();
      try {
        history.run(disk);
      } catch (StorageException _) {
        // The disk stopped.
      }
      history.check(disk.crash(new CrashState.AnySubset(step)), "after a crash at step " + step);
    }
  }

  /// Changes of a log in their order; an entry's value tells in which round it was appended.
  private static final class History {
    private final List<IntConsumer> changes = new ArrayList<>();
    private final NavigableMap<Integer, Integer> entries = new TreeMap<>();
    private int synced;

    void run(SimDisk disk) {
      SplittableRandom random = new SplittableRandom(7);
      int first = 0;
      int next = 0;
      try (Engine engine = open(STORE, environment(disk))) {
        for (int round = 0; round < 40; round++) {
          for (int j = random.nextInt(30, 60); j > 0; j--) {
            int index = next++;
            int term = round;
            changes.add(_ -> entries.put(index, term));
            engine.put(JungleEngineTest.key(index), entry(index, term), Durability.BUFFERED);
          }
          if (random.nextInt(4) == 0) {
            next = random.nextInt(Math.max(first, next - 80), next);
            int cut = next;
            changes.add(_ -> entries.tailMap(cut).clear());
            engine.deleteRange(KeyRange.of(JungleEngineTest.key(cut), null), Durability.BUFFERED);
          }
          if (next - first > 500) {
            first = next - random.nextInt(100, 400);
            int kept = first;
            changes.add(_ -> entries.headMap(kept).clear());
            engine.deleteRange(KeyRange.of(null, JungleEngineTest.key(kept)), Durability.BUFFERED);
          }
          engine.flush();
          synced = changes.size();
        }
      }
    }

    void check(SimDisk after, String when) {
      try (Engine engine = open(STORE, environment(after))) {
        NavigableMap<Integer, Integer> found = new TreeMap<>();
        try (Cursor cursor = engine.cursor(KeyRange.all())) {
          while (cursor.next()) {
            int index = Integer.parseInt(new String(cursor.key(), UTF_8).substring(3));
            byte[] value = cursor.value();
            int term = value[0];
            assertArrayEquals(entry(index, term), value);
            found.put(index, term);
          }
        }
        boolean known = synced == 0 && found.isEmpty();
        for (int i = 0; i < changes.size() && !known; i++) {
          changes.get(i).accept(i);
          known = i + 1 >= synced && entries.equals(found);
        }
        assertTrue(known, when);
        engine.verify();
        engine.settle();
      }
    }

    private static EngineEnvironment environment(SimDisk disk) {
      return EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {});
    }

    private static byte[] entry(int index, int term) {
      byte[] value = JungleEngineTest.value(new SplittableRandom(index), 150);
      value[0] = (byte) term;
      return value;
    }
  }
}
