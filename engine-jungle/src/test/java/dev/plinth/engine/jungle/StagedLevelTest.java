package dev.plinth.engine.jungle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The first level in the log: keys in memory, values where the log has them.
final class StagedLevelTest {
  private static final Path STORE = Path.of("/sim/staged");
  private static final Durability WRITTEN = Durability.WRITTEN;
  private static final int CRASHES = 40;

  @TempDir Path folder;

  private Engine open(String name, String... options) {
    return JungleEngineTest.open(folder.resolve(name), EngineEnvironment.standard(), options);
  }

  private static void put(
      Engine engine, NavigableMap<byte[], byte[]> model, SplittableRandom random, int i) {
    put(engine, model, random, i, 600);
  }

  private static void put(
      Engine engine,
      NavigableMap<byte[], byte[]> model,
      SplittableRandom random,
      int i,
      int bytesMax) {
    byte[] value = JungleEngineTest.value(random, random.nextInt(bytesMax));
    engine.put(JungleEngineTest.key(i), value, WRITTEN);
    model.put(JungleEngineTest.key(i), value);
  }

  /// Memtables are added to the level in the background.
  private static void awaitStaged(Engine engine) {
    for (int i = 0; i < 10_000_000 && JungleEngineTest.detail(engine, "memtables") > 1; i++) {
      Thread.onSpinWait();
    }
    assertEquals(1, JungleEngineTest.detail(engine, "memtables"));
  }

  private static List<Path> segments(Path store) {
    try (Stream<Path> files = Files.list(store)) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Nothing is written but the log, reads find everything, before and after a restart.
  @Test
  void valuesStayInTheLog() {
    NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
    SplittableRandom random = new SplittableRandom(1);
    String[] options = {"level.base.bytes=8MiB", "memtable.bytes=64KiB"};
    try (Engine engine = open("log", options)) {
      for (int i = 0; i < 450; i++) {
        put(engine, model, random, random.nextInt(300), 4_000);
      }
      byte[] gone = JungleEngineTest.key(7);
      engine.delete(gone, WRITTEN);
      model.remove(gone);
      awaitStaged(engine);
      assertTrue(JungleEngineTest.detail(engine, "staged.bytes") > 500_000);
      assertEquals(0, JungleEngineTest.detail(engine, "tables"));
      assertEquals(0, engine.stats().ledger().bytes(ByteCause.FLUSH));
      JungleEngineTest.assertSame(model, engine);
    }
    try (Engine engine = open("log", options)) {
      JungleEngineTest.assertSame(model, engine);
      model.forEach((key, value) -> assertArrayEquals(value, engine.get(key)));
      assertNull(engine.get(JungleEngineTest.key(7)));
      assertEquals(model.size(), engine.verify().entries());
      assertEquals(0, JungleEngineTest.detail(engine, "tables"));
      for (int i = 0; i < 50; i++) {
        put(engine, model, random, random.nextInt(300), 4_000);
      }
      engine.settle();
      assertEquals(0, JungleEngineTest.detail(engine, "staged.bytes"));
      assertTrue(JungleEngineTest.detail(engine, "tables") > 0);
      JungleEngineTest.assertSame(model, engine);
    }
  }

  /// A cursor and a snapshot go on reading what has long gone to tables; the log is kept for the
  /// cursor as far as it may read it, and no further.
  @Test
  void readersKeepTheirPartOfTheLog() {
    NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
    SplittableRandom random = new SplittableRandom(2);
    Path store = folder.resolve("readers");
    try (Engine engine = open("readers", "level.base.bytes=256KiB")) {
      for (int i = 0; i < 700; i++) {
        put(engine, model, random, random.nextInt(500));
      }
      NavigableMap<byte[], byte[]> seen = JungleEngineTest.model();
      seen.putAll(model);
      Snapshot snapshot = engine.snapshot();
      Cursor cursor = engine.cursor(KeyRange.all());
      assertTrue(cursor.next());
      for (int i = 0; i < 15_000; i++) {
        put(engine, model, random, random.nextInt(2_000));
      }
      engine.settle();
      long kept = segments(store).size();
      assertTrue(kept < 20, kept + " segments of 64 KiB of some 4.5 MB written");
      JungleEngineTest.assertSame(seen, snapshot);
      cursor.first();
      for (var entry : seen.entrySet()) {
        assertArrayEquals(entry.getKey(), cursor.key());
        assertArrayEquals(entry.getValue(), cursor.value());
        cursor.next();
      }
      cursor.close();
      snapshot.close();
      for (int i = 0; i < 1_000_000 && segments(store).size() > 3; i++) {
        // Segments go in the background when the last reader is gone.
        engine.cursor(KeyRange.all()).close();
        Thread.onSpinWait();
      }
      assertTrue(segments(store).size() <= 3, segments(store).size() + " segments stay");
      JungleEngineTest.assertSame(model, engine);
    }
    try (Engine engine = open("readers", "level.base.bytes=256KiB")) {
      JungleEngineTest.assertSame(model, engine);
    }
  }

  /// Memtables that fit no layer: batches larger than a memtable, many short values, many deleted
  /// ranges.
  @Test
  void whatDoesNotFitGoesToTables() {
    NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
    SplittableRandom random = new SplittableRandom(3);
    String[] options = {
      "level.base.bytes=1MiB", "memtable.bytes=4KiB", "memtable.range.deletes.max=5"
    };
    Engine engine = open("misfits", options);
    for (int round = 0; round < 200; round++) {
      WriteBatch batch = new WriteBatch();
      int count = round % 20 == 0 ? 400 : random.nextInt(40);
      for (int i = 0; i < count; i++) {
        byte[] key = JungleEngineTest.key(random.nextInt(3_000));
        byte[] value = JungleEngineTest.value(random, random.nextInt(20));
        batch.put(key, value);
        model.put(key, value);
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        int at = random.nextInt(3_000);
        byte[] from = JungleEngineTest.key(at);
        byte[] to = JungleEngineTest.key(at + random.nextInt(30));
        batch.deleteRange(KeyRange.of(from, to));
        model.subMap(from, to).clear();
      }
      engine.write(batch, WRITTEN);
      if (round == 120) {
        engine.close();
        engine = open("misfits", options);
      }
    }
    JungleEngineTest.assertSame(model, engine);
    assertTrue(JungleEngineTest.detail(engine, "tables") > 0);
    engine.close();
    try (Engine again = open("misfits", options)) {
      JungleEngineTest.assertSame(model, again);
    }
  }

  /// Damage in the log below a value is told, with file and offset, and nothing else is lost.
  @Test
  void aDamagedValueIsTold() throws IOException {
    Path store = folder.resolve("damage");
    byte[] value = new byte[500];
    Arrays.fill(value, (byte) 0x5a);
    value[250] = 0x11;
    byte[] mark = Arrays.copyOfRange(value, 245, 255);
    Engine engine = open("damage", "level.base.bytes=8MiB", "memtable.bytes=64KiB");
    SplittableRandom random = new SplittableRandom(4);
    NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
    byte[] key = JungleEngineTest.key(1_000_000);
    engine.put(key, value, WRITTEN);
    for (int i = 0; i < 300; i++) {
      put(engine, model, random, i, 2_000);
    }
    awaitStaged(engine);
    assertArrayEquals(value, engine.get(key));
    Path damaged = null;
    for (Path file : segments(store)) {
      int at = indexOf(Files.readAllBytes(file), mark);
      if (at >= 0) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.write(ByteBuffer.wrap(new byte[] {0x77}), at + 5L);
        }
        damaged = file;
      }
    }
    assertNotNull(damaged);
    StorageException.Corrupt told =
        assertThrows(StorageException.Corrupt.class, () -> engine.get(key));
    assertEquals(damaged, told.file());
    assertThrows(StorageException.Corrupt.class, engine::verify);
    model.forEach((k, v) -> assertArrayEquals(v, engine.get(k)));
    assertThrows(StorageException.class, engine::settle);
    model.forEach((k, v) -> assertArrayEquals(v, engine.get(k)));
    assertThrows(StorageException.class, () -> engine.put(key, value, WRITTEN));
    try {
      engine.close();
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    return -1;
  }

  /// A crash at many I/O calls while the level fills up, goes to tables and is read by a snapshot:
  /// all that was synced is there.
  @Test
  void syncedWritesSurviveCrashes() {
    SimDisk whole = new SimDisk();
    run(whole, JungleEngineTest.model());
    long steps = whole.steps();
    boolean all = System.getProperty("plinth.crashes", "few").equals("all");
    for (long step = 3; step < steps; step += all ? 1 : Math.max(1, steps / CRASHES)) {
      SimDisk disk = new SimDisk().stopAt(step);
      NavigableMap<byte[], byte[]> known = JungleEngineTest.model();
      try {
        run(disk, known);
      } catch (StorageException _) {
        // The disk stopped.
      }
      SimDisk after = disk.crash(new CrashState.AnySubset(step));
      try (Engine engine = openSimulated(after)) {
        for (var entry : known.entrySet()) {
          byte[] found = engine.get(entry.getKey());
          assertTrue(
              found != null && found[0] >= entry.getValue()[0], "lost by a crash at step " + step);
        }
        engine.verify();
        engine.settle();
        for (var entry : known.entrySet()) {
          assertNotNull(engine.get(entry.getKey()));
        }
      }
    }
  }

  private static Engine openSimulated(SimDisk disk) {
    EngineEnvironment environment =
        EngineEnvironment.standard().withDisk(disk).withEvents(event -> {});
    return JungleEngineTest.open(
        STORE,
        environment,
        "memtable.bytes=8KiB",
        "level.base.bytes=32KiB",
        "table.bytes=16KiB",
        "log.segment.bytes=16KiB",
        "log.buffer.bytes=4KiB");
  }

  /// Values carry the round that wrote them, rising.
  private static void run(SimDisk disk, NavigableMap<byte[], byte[]> known) {
    for (int round = 0; round < 3; round++) {
      try (Engine engine = openSimulated(disk)) {
        try (Snapshot snapshot = engine.snapshot()) {
          for (int i = 0; i < 300; i++) {
            byte[] key = JungleEngineTest.key((i * 7) % 200);
            byte[] value = new byte[100 + i];
            value[0] = (byte) (round * 2 + i / 200);
            engine.put(key, value, i % 10 == 9 ? Durability.SYNCED : WRITTEN);
            if (i % 10 == 9) {
              known.put(key, value);
            }
          }
          snapshot.get(JungleEngineTest.key(0));
        }
      }
    }
  }
}
