package dev.plinth.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/// What every peer must do behind the SPI, compared with a sorted map. A subclass names the peer.
/// Where its native library does not load, the tests are skipped and say so.
abstract class PeerContract {
  private static final EngineEnvironment QUIET =
      EngineEnvironment.standard().withEvents(event -> {});

  @TempDir Path folder;

  private final String peer;
  private final Map<String, String> options;

  PeerContract(String peer, String... options) {
    this.peer = peer;
    this.options = new TreeMap<>();
    for (int i = 0; i < options.length; i += 2) {
      this.options.put(options[i], options[i + 1]);
    }
  }

  /// Whether its cursors go backward too.
  boolean backward() {
    return true;
  }

  @Test
  void aHistoryAgreesWithAMap() {
    Random random = new Random(4711);
    Oracle oracle = new Oracle(backward());
    Engine engine = open();
    try {
      for (int step = 0; step < 3000; step++) {
        step(engine, oracle, random);
        if (step % 500 == 499) {
          oracle.assertSame(engine);
          engine.close();
          engine = open();
          oracle.assertSame(engine);
        }
      }
      engine.settle();
      oracle.assertSame(engine);
      assertEquals(oracle.map.size(), engine.verify().entries());
    } finally {
      engine.close();
    }
  }

  @Test
  void cursorsKeepToTheirBounds() {
    Random random = new Random(11);
    Oracle oracle = new Oracle(backward());
    try (Engine engine = open()) {
      for (int i = 0; i < 300; i++) {
        put(engine, oracle, key(random), value(random), Durability.BUFFERED);
      }
      for (int i = 0; i < 200; i++) {
        KeyRange range = range(random);
        oracle.assertRange(engine, range);
        oracle.assertSeek(engine, range, key(random));
      }
      try (Snapshot snapshot = engine.snapshot()) {
        for (int i = 0; i < 50; i++) {
          oracle.assertSeek(snapshot, range(random), key(random));
        }
      }
    }
  }

  @Test
  void aSnapshotStaysAsItWas() {
    Random random = new Random(5);
    Oracle before = new Oracle(backward());
    Oracle after = new Oracle(backward());
    try (Engine engine = open()) {
      for (int i = 0; i < 200; i++) {
        byte[] key = key(random);
        byte[] value = value(random);
        put(engine, before, key, value, Durability.WRITTEN);
        after.map.put(key, value);
      }
      try (Snapshot snapshot = engine.snapshot()) {
        assertEquals(engine.sequence(), snapshot.sequence());
        for (int i = 0; i < 200; i++) {
          step(engine, after, random);
        }
        before.assertSame(snapshot);
        after.assertSame(engine);
        before.map.forEach((key, value) -> assertArrayEquals(value, snapshot.get(key)));
      }
      after.assertSame(engine);
    }
  }

  @Test
  void valuesAreReadInEveryWay() {
    try (Engine engine = open();
        Arena arena = Arena.ofConfined()) {
      byte[] large = new byte[100_000];
      new Random(1).nextBytes(large);
      engine.put(bytes("large"), large, Durability.WRITTEN);
      engine.put(bytes("small"), bytes("value"), Durability.WRITTEN);
      engine.put(bytes("empty"), new byte[0], Durability.WRITTEN);
      assertArrayEquals(large, engine.get(bytes("large")));
      assertArrayEquals(new byte[0], engine.get(bytes("empty")));
      assertNull(engine.get(bytes("none")));
      MemorySegment target = arena.allocate(8);
      MemorySegment small = MemorySegment.ofArray(bytes("xsmall"));
      assertEquals(5, engine.copy(small, 1, 5, target, 2, 6));
      assertEquals('v', target.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 2));
      assertEquals(-2 - 5, engine.copy(small, 1, 5, target, 0, 4));
      assertEquals(-1, engine.copy(small, 0, 6, target, 0, 8));
      MemorySegment keys = MemorySegment.ofArray(bytes("largesmallemptynone"));
      Map<Integer, Integer> lengths = new TreeMap<>();
      int present =
          engine.readMany(
              keys,
              new long[] {0, 5, 10, 15},
              new int[] {5, 5, 5, 4},
              4,
              (index, segment, offset, length) -> lengths.put(index, length));
      assertEquals(3, present);
      assertEquals(Map.of(0, 100_000, 1, 5, 2, 0), lengths);
      MemorySegment nativeKey = arena.allocateFrom("small", StandardCharsets.US_ASCII);
      assertEquals(5, engine.copy(nativeKey, 0, 5, target, 0, 8));
    }
  }

  @Test
  void anAppliedIndexComesBackWithItsData() {
    try (Engine engine = open()) {
      assertEquals(-1, engine.appliedIndex(3));
      WriteBatch batch = new WriteBatch().put(bytes("k"), bytes("v")).applied(3, 70);
      engine.write(batch, Durability.WRITTEN);
      assertEquals(70, engine.appliedIndex(3));
      engine.flush();
      assertEquals(70, engine.durableAppliedIndex(3));
      engine.write(new WriteBatch().applied(3, 71), Durability.WRITTEN);
      assertEquals(71, engine.appliedIndex(3));
    }
    try (Engine engine = open()) {
      assertEquals(71, engine.appliedIndex(3));
      assertEquals(71, engine.durableAppliedIndex(3));
      assertArrayEquals(bytes("v"), engine.get(bytes("k")));
      assertEquals(1, engine.digest().entries());
    }
  }

  @Test
  void sequenceNumbersGrowAndAreToldWhenDurable() throws InterruptedException {
    long last;
    try (Engine engine = open()) {
      AtomicLong told = new AtomicLong();
      CountDownLatch synced = new CountDownLatch(1);
      CountDownLatch flushed = new CountDownLatch(1);
      long first = engine.put(bytes("a"), bytes("1"), Durability.SYNCED);
      assertTrue(first > 0);
      assertTrue(engine.durableSequence() >= first);
      Engine.Registration registration =
          engine.onDurable(
              listener(
                  sequence -> {
                    told.set(sequence);
                    if (sequence == first + 1) {
                      synced.countDown();
                    }
                    if (sequence == first + 2) {
                      flushed.countDown();
                    }
                  }));
      assertEquals(first + 1, engine.put(bytes("b"), bytes("2"), Durability.SYNCED));
      synced.await();
      assertEquals(first + 2, engine.delete(bytes("a"), Durability.BUFFERED));
      engine.requestFlush();
      flushed.await();
      assertEquals(first + 2, engine.durableSequence());
      registration.close();
      last = engine.put(bytes("c"), bytes("3"), Durability.WRITTEN);
      assertEquals(last, engine.flush());
      assertEquals(first + 2, told.get());
      assertEquals(last, engine.write(new WriteBatch(), Durability.WRITTEN));
    }
    try (Engine engine = open()) {
      assertTrue(engine.sequence() >= last);
      assertTrue(engine.put(bytes("d"), bytes("4"), Durability.WRITTEN) > last);
    }
  }

  @Test
  void aCheckpointOpensAsAStoreOfItsOwn() {
    Oracle oracle = new Oracle(backward());
    Random random = new Random(8);
    Path copy = folder.resolve("copy");
    try (Engine engine = open()) {
      for (int i = 0; i < 200; i++) {
        put(engine, oracle, key(random), value(random), Durability.WRITTEN);
      }
      engine.checkpoint(copy);
      engine.deleteRange(KeyRange.all(), Durability.WRITTEN);
      assertEquals(0, engine.digest().entries());
      try (Engine other = open(copy)) {
        oracle.assertSame(other);
        other.put(bytes("more"), bytes("x"), Durability.SYNCED);
      }
      assertEquals(0, engine.digest().entries());
    }
  }

  @Test
  void ingestTakesSortedEntriesOnly() {
    Oracle oracle = new Oracle(backward());
    Random random = new Random(9);
    try (Engine engine = open()) {
      put(engine, oracle, bytes("m"), bytes("old"), Durability.WRITTEN);
      List<byte[][]> entries = new ArrayList<>();
      Oracle sorted = new Oracle(backward());
      for (int i = 0; i < 500; i++) {
        sorted.map.put(key(random), value(random));
      }
      sorted.map.put(bytes("m"), bytes("new"));
      sorted.map.forEach((key, value) -> entries.add(new byte[][] {key, value}));
      oracle.map.putAll(sorted.map);
      engine.ingest(new ListSource(entries));
      oracle.assertSame(engine);
      List<byte[][]> unsorted =
          List.of(
              new byte[][] {bytes("zz1"), bytes("1")},
              new byte[][] {bytes("zz3"), bytes("3")},
              new byte[][] {bytes("zz2"), bytes("2")});
      assertThrows(IllegalArgumentException.class, () -> engine.ingest(new ListSource(unsorted)));
      oracle.assertSame(engine);
      engine.ingest(new ListSource(List.of()));
      oracle.assertSame(engine);
    }
  }

  @Test
  void limitsAreKept() {
    try (Engine engine = open()) {
      byte[] longest = new byte[engine.traits().keyBytesMax()];
      engine.put(longest, bytes("v"), Durability.WRITTEN);
      assertArrayEquals(bytes("v"), engine.get(longest));
      byte[] longer = new byte[longest.length + 1];
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> engine.put(longer, bytes("v"), Durability.WRITTEN));
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> engine.put(new byte[0], bytes("v"), Durability.WRITTEN));
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> engine.write(new WriteBatch().put(longer, bytes("v")), Durability.WRITTEN));
      assertThrows(
          StorageException.LimitExceeded.class, () -> engine.delete(longer, Durability.WRITTEN));
      assertEquals(1, engine.digest().entries());
    }
  }

  @Test
  void aFolderHasOneOwner() throws IOException {
    Path path = folder.resolve("store");
    try (Engine engine = open(path)) {
      assertThrows(StorageException.Locked.class, () -> open(path));
      engine.put(bytes("k"), bytes("v"), Durability.SYNCED);
      assertArrayEquals(bytes("v"), engine.get(bytes("k")));
    }
    Path strange = Files.createDirectory(folder.resolve("strange"));
    Files.writeString(strange.resolve("file"), "text");
    assertThrows(StorageException.UnsupportedFormat.class, () -> open(strange));
    assertEquals(List.of("file"), names(strange));
    Files.writeString(path.resolve("PEER"), "another\n");
    assertThrows(StorageException.UnsupportedFormat.class, () -> open(path));
  }

  @Test
  void aClosedEngineSaysSo() {
    Engine engine = open();
    engine.put(bytes("k"), bytes("v"), Durability.BUFFERED);
    Cursor cursor = engine.cursor(KeyRange.all());
    Snapshot snapshot = engine.snapshot();
    cursor.close();
    snapshot.close();
    engine.close();
    engine.close();
    assertThrows(StorageException.Closed.class, cursor::next);
    assertThrows(StorageException.Closed.class, () -> snapshot.get(bytes("k")));
    assertThrows(StorageException.Closed.class, () -> engine.get(bytes("k")));
    assertThrows(
        StorageException.Closed.class,
        () -> engine.put(bytes("k"), bytes("v"), Durability.WRITTEN));
    assertThrows(StorageException.Closed.class, () -> engine.cursor(KeyRange.all()));
    assertThrows(StorageException.Closed.class, engine::snapshot);
    assertThrows(StorageException.Closed.class, engine::flush);
    assertThrows(StorageException.Closed.class, engine::stats);
    try (Engine again = open()) {
      assertArrayEquals(bytes("v"), again.get(bytes("k")));
    }
  }

  @Test
  void manyThreadsWriteAndRead() throws InterruptedException {
    Oracle oracle = new Oracle(backward());
    try (Engine engine = open()) {
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int t = 0; t < 8; t++) {
        int writer = t;
        Runnable work = () -> writeOwnKeys(engine, writer);
        Thread thread =
            (t % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual())
                .uncaughtExceptionHandler((who, what) -> failures.add(what))
                .unstarted(work);
        threads.add(thread);
        for (int i = 0; i < 200; i++) {
          oracle.map.put(bytes("t" + t + "-" + i), bytes("v" + i));
        }
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
      oracle.assertSame(engine);
    }
  }

  @Test
  void statisticsSayWhatTheyKnow() {
    try (Engine engine = open()) {
      for (int i = 0; i < 100; i++) {
        engine.put(bytes("key" + (100 + i)), bytes("value"), Durability.WRITTEN);
      }
      engine.delete(bytes("key100"), Durability.WRITTEN);
      engine.get(bytes("key101"));
      engine.settle();
      EngineStats stats = engine.stats();
      assertEquals(ByteLedger.EMPTY, stats.ledger());
      assertEquals(100 * 11 + 6, stats.userBytes());
      assertEquals(1, stats.readOperations());
      assertTrue(stats.diskBytes() > 0 && stats.diskBytes() < 64 << 20, stats.toString());
      assertTrue(stats.liveEntries() == -1 || stats.liveEntries() == 99, stats.toString());
      assertTrue(engine.approximateBytes(KeyRange.all()) >= 0);
    }
  }

  @Test
  void isMarkedAsForeign() {
    EngineProvider provider = Engines.provider(peer);
    assertTrue(provider.foreign());
    assertFalse(provider.description().isBlank());
  }

  private void step(Engine engine, Oracle oracle, Random random) {
    Durability durability =
        switch (random.nextInt(50)) {
          case 0 -> Durability.SYNCED;
          case 1, 2, 3, 4, 5, 6, 7, 8 -> Durability.BUFFERED;
          default -> Durability.WRITTEN;
        };
    switch (random.nextInt(12)) {
      case 0 -> {
        byte[] key = key(random);
        engine.delete(key, durability);
        oracle.map.remove(key);
      }
      case 1 -> {
        KeyRange range = random.nextInt(40) == 0 ? KeyRange.all() : range(random);
        engine.deleteRange(range, durability);
        oracle.deleteRange(range);
      }
      case 2 -> batch(engine, oracle, random, durability);
      case 3, 4 -> {
        byte[] key = key(random);
        assertArrayEquals(oracle.map.get(key), engine.get(key));
      }
      case 5 -> oracle.assertSeek(engine, range(random), key(random));
      default -> put(engine, oracle, key(random), value(random), durability);
    }
  }

  private void batch(Engine engine, Oracle oracle, Random random, Durability durability) {
    WriteBatch batch = new WriteBatch();
    for (int i = random.nextInt(10); i >= 0; i--) {
      byte[] key = key(random);
      switch (random.nextInt(5)) {
        case 0 -> {
          batch.delete(key);
          oracle.map.remove(key);
        }
        case 1 -> {
          KeyRange range = range(random);
          batch.deleteRange(range);
          oracle.deleteRange(range);
        }
        default -> {
          byte[] value = value(random);
          batch.put(key, value);
          oracle.map.put(key, value);
        }
      }
    }
    engine.write(batch, durability);
  }

  private static void put(
      Engine engine, Oracle oracle, byte[] key, byte[] value, Durability durability) {
    engine.put(key, value, durability);
    oracle.map.put(key, value);
  }

  private static void writeOwnKeys(Engine engine, int writer) {
    for (int i = 0; i < 200; i++) {
      byte[] key = bytes("t" + writer + "-" + i);
      engine.put(key, bytes("v" + i), i % 64 == 0 ? Durability.SYNCED : Durability.WRITTEN);
      if (i % 8 == 0) {
        assertArrayEquals(bytes("v" + i), engine.get(key));
      }
    }
  }

  private static DurabilityListener listener(java.util.function.LongConsumer durable) {
    return new DurabilityListener() {
      @Override
      public void durable(long sequence) {
        durable.accept(sequence);
      }

      @Override
      public void failed(StorageException cause) {
        throw cause;
      }
    };
  }

  final Engine open() {
    return open(folder.resolve("store"));
  }

  private Engine open(Path path) {
    EngineProvider provider = Engines.provider(peer);
    Map<String, String> all = new TreeMap<>(options);
    all.put("checked", "on");
    EngineOptions checked = EngineOptions.of(provider.options(), all);
    try {
      return Engines.open(path, provider, checked, QUIET);
    } catch (StorageException.Unsupported e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }

  private static List<String> names(Path path) throws IOException {
    try (var files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static byte[] key(Random random) {
    byte[] key = new byte[1 + random.nextInt(3)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(6) * 51);
    }
    return key;
  }

  private static byte[] value(Random random) {
    byte[] value = new byte[random.nextInt(100) == 0 ? 20_000 : random.nextInt(200)];
    random.nextBytes(value);
    return value;
  }

  private static KeyRange range(Random random) {
    byte[] from = random.nextInt(4) == 0 ? null : key(random);
    byte[] to = random.nextInt(4) == 0 ? null : key(random);
    return KeyRange.of(from, to);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
