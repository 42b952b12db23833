package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.tree.TableNames;
import dev.plinth.lsm.CompactionChoice;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/// Seeks have level 0 merged when they have paid for it; nothing else does.
final class SeekMergeTest {
  private static final int KEYS = 20_000;
  private static final int LOADED = 16_000;
  private static final int RUN_KEYS = 1_000;
  private static final int RUNS = (KEYS - LOADED) / RUN_KEYS;

  /// Too few to pay for a merge of some megabyte, see [LeveledPolicy#SEEK_NANOS].
  private static final int FEW = 500;

  /// More than enough.
  private static final int MANY = 20_000;

  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int POLLS_MAX = 60_000;

  private static final Path STORE = Path.of("/store");

  private final SimDisk disk = new SimDisk();
  private final ConcurrentLinkedQueue<EngineEvent> events = new ConcurrentLinkedQueue<>();

  @Test
  void manySeeksMergeLevel0AndACursorGoesOnInWhatCameOfIt() {
    try (Engine engine = open(Map.of())) {
      fill(engine);
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        seekOften(cursor, MANY);
        awaitMergeForSeeks(engine);
        assertEquals(0, detail(engine, "level.0.runs"));
        seek(cursor, 5);
        engine.settle();
        assertEquals(detail(engine, "tables"), tableFiles(), "the cursor keeps no merged table");
        assertEquals(KEYS, count(cursor));
      }
      List<String> reasons = compactions();
      assertEquals(CompactionChoice.SEEKS, reasons.getLast());
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        seekOften(cursor, MANY);
      }
      engine.settle();
      assertEquals(reasons, compactions());
      assertEquals(KEYS, engine.verify().entries());
    }
  }

  @Test
  void fewSeeksAndAllPointReadsLeaveLevel0AsItIs() {
    try (Engine engine = open(Map.of())) {
      fill(engine);
      List<String> reasons = compactions();
      for (int i = 0; i < MANY; i++) {
        assertNotNull(engine.get(key(i % KEYS)));
      }
      assertEquals(0, detail(engine, "level.0.seeks"));
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        seekOften(cursor, FEW);
      }
      long seeks = detail(engine, "level.0.seeks");
      assertTrue(seeks > FEW * RUNS * 0.9 && seeks <= FEW * RUNS, seeks + " places in runs");
      engine.settle();
      assertEquals(RUNS, detail(engine, "level.0.runs"));
      assertEquals(reasons, compactions());
    }
  }

  @Test
  void aFactorOfNothingForbidsIt() {
    try (Engine engine = open(Map.of("level0.seeks.factor", "0"))) {
      fill(engine);
      List<String> reasons = compactions();
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        seekOften(cursor, MANY);
      }
      engine.settle();
      assertEquals(reasons, compactions());
      assertEquals(RUNS, detail(engine, "level.0.runs"));
    }
  }

  @Test
  void aCursorStaysWithWhatItSawWhenSomethingWasWrittenSince() {
    try (Engine engine = open(Map.of())) {
      fill(engine);
      try (Cursor old = engine.cursor(KeyRange.all())) {
        seek(old, 5);
        engine.put(key(5), new byte[] {1}, Durability.WRITTEN);
        engine.delete(key(6), Durability.WRITTEN);
        engine.compact(KeyRange.all());
        seek(old, 5);
        assertEquals(40, old.valueLength());
        seek(old, 6);
        assertEquals(KEYS, count(old));
      }
      try (Cursor fresh = engine.cursor(KeyRange.all())) {
        engine.compact(KeyRange.all());
        seek(fresh, 5);
        assertEquals(1, fresh.valueLength());
        assertEquals(KEYS - 1, count(fresh));
      }
    }
  }

  private Engine open(Map<String, String> more) {
    Map<String, String> options = new HashMap<>(more);
    options.put("engine", "lsm-leveled");
    options.put("memtable.bytes", "4MiB");
    options.put("table.bytes.max", "256KiB");
    options.put("level.base.bytes", "4MiB");
    return Engines.open(
        STORE, options, EngineEnvironment.standard().withDisk(disk).withEvents(events::add));
  }

  /// Leaves most keys in one run, and the others in runs of level 0 that cover all of it.
  private static void fill(Engine engine) {
    put(engine, 0, LOADED);
    engine.compact(KeyRange.all());
    for (int from = LOADED; from < KEYS; from += RUN_KEYS) {
      put(engine, from, from + RUN_KEYS);
      engine.settle();
    }
    assertEquals(RUNS, detail(engine, "level.0.runs"));
  }

  private static void put(Engine engine, int from, int to) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < to; i++) {
      batch.put(key((int) (i * 7919L % KEYS)), new byte[40]);
    }
    engine.write(batch, Durability.WRITTEN);
  }

  private static void awaitMergeForSeeks(Engine engine) {
    for (int i = 0; i < POLLS_MAX && detail(engine, "compactions.merge.seeks") == 0; i++) {
      LockSupport.parkNanos(1_000_000);
    }
    engine.settle();
    assertEquals(1, detail(engine, "compactions.merge.seeks"));
  }

  private static void seekOften(Cursor cursor, int times) {
    for (int i = 0; i < times; i++) {
      seek(cursor, (int) (i * 104_729L % KEYS));
    }
  }

  private static void seek(Cursor cursor, int key) {
    assertTrue(cursor.seek(MemorySegment.ofArray(key(key)), 0, 8));
    assertEquals(key, cursor.keySegment().get(BIG_ENDIAN_LONG, cursor.keyOffset()));
  }

  private static int count(Cursor cursor) {
    int entries = 0;
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      entries++;
    }
    return entries;
  }

  private List<String> compactions() {
    return events.stream()
        .filter(EngineEvent.Compacted.class::isInstance)
        .map(event -> ((EngineEvent.Compacted) event).what())
        .toList();
  }

  private long tableFiles() {
    return disk.list(STORE).stream().filter(file -> TableNames.tableNumber(file) >= 0).count();
  }

  private static long detail(Engine engine, String name) {
    return engine.stats().details().getOrDefault(name, 0L);
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(8).putLong(key).array();
  }
}
