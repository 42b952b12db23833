package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.Engines;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Where the pages go: the map of the pages in use, memory for changed pages, the file's length.
class BtreeSpaceTest {
  private static final Path STORE = Path.of("/sim/store");
  private static final int KEYS = 4000;

  private final List<EngineEvent> events = new ArrayList<>();

  private Engine open(SimDisk disk, String... more) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "engine", "btree",
                "wal", "off",
                "page.bytes", "1KiB",
                "cache.bytes", "256KiB",
                "dirty.bytes.max", "128KiB",
                "commit.every.bytes", "0"));
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    return Engines.open(
        STORE, options, EngineEnvironment.standard().withDisk(disk).withEvents(this::note));
  }

  private void note(EngineEvent event) {
    synchronized (events) {
      events.add(event);
    }
  }

  private static SimDisk disk() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(Path.of("/sim"));
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private static byte[] key(int number) {
    return String.format("key-%08d", number).getBytes(StandardCharsets.US_ASCII);
  }

  private static void fill(Engine engine, int valueBytes) {
    for (int i = 0; i < KEYS; i++) {
      engine.put(key(i * 7919 % KEYS), new byte[valueBytes], Durability.BUFFERED);
    }
  }

  private static long openedReading(Engine engine) {
    return engine.stats().fileBytesRead();
  }

  @Test
  void openingAfterACloseReadsTheMapAndNotTheTree() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      fill(engine, 700);
    }
    try (Engine engine = open(disk)) {
      assertTrue(openedReading(engine) < 64 << 10, openedReading(engine) + " bytes were read");
      assertEquals(KEYS, engine.verify().entries());
      fill(engine, 650);
      assertEquals(KEYS, engine.verify().entries());
    }
  }

  @Test
  void aLargeCommitCarriesTheMapThatACrashNeeds() {
    SimDisk disk = disk();
    Engine engine = open(disk, "dirty.bytes.max", "8MiB");
    fill(engine, 700);
    engine.flush();
    SimDisk crashed = disk.image().crash(new CrashState.NothingUnsynced());
    engine.close();
    try (Engine recovered = open(crashed)) {
      assertTrue(openedReading(recovered) < 64 << 10, openedReading(recovered) + " bytes read");
      assertEquals(KEYS, recovered.verify().entries());
    }
  }

  @Test
  void aSmallCommitCarriesNoMapAndTheTreeIsWalked() {
    SimDisk disk = disk();
    Engine engine = open(disk);
    fill(engine, 700);
    engine.flush();
    engine.put(key(1), new byte[1], Durability.BUFFERED);
    engine.flush();
    SimDisk crashed = disk.image().crash(new CrashState.NothingUnsynced());
    engine.close();
    try (Engine recovered = open(crashed)) {
      assertEquals(KEYS, recovered.verify().entries());
      assertEquals(1, recovered.get(key(1)).length);
    }
  }

  @Test
  void aDamagedMapIsToldAndFoundAgainInTheTree() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      fill(engine, 100);
    }
    Path tree = STORE.resolve(Opening.TREE);
    try (DiskFile file = disk.open(tree, OpenMode.WRITE);
        Arena arena = Arena.ofConfined()) {
      Meta.Extent map = Meta.readNewest(file, _ -> {}).map();
      MemorySegment one = arena.allocate(1);
      long offset = map.first() * 1024 + 20;
      file.read(offset, one, 0, 1);
      one.set(
          java.lang.foreign.ValueLayout.JAVA_BYTE,
          0,
          (byte) (one.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0) ^ 4));
      file.write(offset, one, 0, 1, ByteCause.OTHER);
    }
    try (Engine engine = open(disk)) {
      assertTrue(events.stream().anyMatch(EngineEvent.Damaged.class::isInstance));
      assertEquals(KEYS, engine.verify().entries());
      fill(engine, 90);
      assertEquals(KEYS, engine.verify().entries());
    }
  }

  @Test
  void changedPagesLeaveMemoryWithoutACommit() {
    SimDisk disk = disk();
    Engine engine = open(disk);
    engine.put(key(0), new byte[] {1}, Durability.BUFFERED);
    engine.flush();
    long commits = engine.stats().details().get("commits");
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      engine.put(key(random.nextInt(KEYS)), new byte[100], Durability.BUFFERED);
      assertTrue(engine.stats().details().get("dirty.pages") < 200);
    }
    assertTrue(engine.stats().details().get("spilled.pages") > 500);
    assertEquals(commits, engine.stats().details().get("commits"));
    SimDisk crashed = disk.image().crash(new CrashState.Everything());
    long entries = engine.verify().entries();
    engine.close();
    try (Engine recovered = open(crashed)) {
      assertEquals(1, recovered.verify().entries());
      assertArrayEquals(new byte[] {1}, recovered.get(key(0)));
      assertNull(recovered.get(key(1)));
    }
    try (Engine again = open(disk)) {
      assertEquals(entries, again.verify().entries());
    }
  }

  @Test
  void settlingGivesTheFileBackThatCommitsNeeded() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      fill(engine, 100);
      engine.flush();
      fill(engine, 100);
      engine.flush();
      engine.settle();
      long discarded = engine.stats().details().get("discarded.pages");
      long room = engine.stats().details().get("file.pages") - discarded;
      long free = engine.stats().details().get("free.pages") - discarded;
      assertTrue((free - Space.RESERVE_PAGES) * 8 < room, free + " of " + room + " pages are free");
      assertEquals(KEYS, engine.verify().entries());
    }
  }

  @Test
  void aScanFillsMemoryThatNobodyNeededAndNoMore() {
    SimDisk disk = disk();
    try (Engine engine = open(disk)) {
      fill(engine, 100);
    }
    assertEquals(0, readBySecondScan(disk, "32MiB"));
    assertTrue(readBySecondScan(disk, "64KiB") > KEYS * 50L);
  }

  private long readBySecondScan(SimDisk disk, String cacheBytes) {
    try (Engine engine = open(disk, "cache.bytes", cacheBytes)) {
      engine.digest();
      long before = engine.stats().fileBytesRead();
      engine.digest();
      return engine.stats().fileBytesRead() - before;
    }
  }

  @Test
  void timeAloneStartsACommit() throws InterruptedException {
    SimDisk disk = disk();
    try (Engine engine = open(disk, "commit.every.time", "10ms")) {
      long sequence = engine.put(key(1), new byte[1], Durability.BUFFERED);
      for (int i = 0; i < 6000 && engine.durableSequence() < sequence; i++) {
        Thread.sleep(10);
      }
      assertTrue(engine.durableSequence() >= sequence);
    }
  }

  @Test
  void keysInOrderSurviveBeingWrittenAhead() {
    SimDisk disk = disk();
    String[] small = {"cache.bytes", "64KiB", "dirty.bytes.max", "64KiB"};
    try (Engine engine = open(disk, small)) {
      for (int i = 0; i < 10_000; i++) {
        engine.put(key(i), new byte[300], Durability.BUFFERED);
      }
      assertTrue(engine.stats().details().get("spilled.pages") > 1000);
      assertEquals(10_000, engine.verify().entries());
    }
    try (Engine engine = open(disk, small)) {
      assertEquals(10_000, engine.verify().entries());
      for (int i = 0; i < 10_000; i++) {
        assertEquals(300, engine.get(key(i)).length);
      }
    }
  }

  @Test
  void compactionOfAFileFarLargerThanMemoryStaysWithinIt() {
    SimDisk disk = disk();
    try (Engine engine = open(disk, "cache.bytes", "64KiB", "dirty.bytes.max", "64KiB")) {
      byte[] value = new byte[300];
      for (int i = 0; i < 63_000; i++) {
        engine.put(key(i), value, Durability.BUFFERED);
      }
      for (int i = 0; i < 63_000; i += 3) {
        engine.delete(key(i), Durability.BUFFERED);
      }
      engine.flush();
      long before = engine.stats().details().get("file.pages");
      engine.compact(dev.plinth.spi.KeyRange.all());
      long after = engine.stats().details().get("file.pages");
      assertTrue(before > 20_000 && after < before, before + " pages, then " + after);
      assertEquals(engine.stats().liveEntries(), engine.verify().entries());
    }
  }
}
