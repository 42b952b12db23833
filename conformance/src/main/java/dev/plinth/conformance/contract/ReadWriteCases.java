package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.range;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static dev.plinth.conformance.contract.ContractFixture.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.ReadChecks;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/// Point reads, writes, batches, range deletes, statistics.
final class ReadWriteCases {
  private static final Durability WRITTEN = Durability.WRITTEN;

  private ReadWriteCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("a new store is empty", ReadWriteCases::empty));
    cases.add(new ContractCase("put, overwrite, delete", ReadWriteCases::basics));
    cases.add(new ContractCase("an empty value is a value", ReadWriteCases::emptyValue));
    cases.add(new ContractCase("keys are ordered as unsigned bytes", ReadWriteCases::order));
    cases.add(new ContractCase("segments of every kind, at any offset", ReadWriteCases::segments));
    cases.add(new ContractCase("all ways to read agree", ReadWriteCases::threeWays));
    cases.add(new ContractCase("a batch: later wins", ReadWriteCases::batchOrder));
    cases.add(new ContractCase("an empty batch does nothing", ReadWriteCases::emptyBatch));
    cases.add(new ContractCase("a batch carries an applied index", ReadWriteCases::applied));
    cases.add(new ContractCase("range deletes", ReadWriteCases::rangeDeletes));
    cases.add(new ContractCase("statistics", ReadWriteCases::statistics));
    cases.add(new ContractCase("the digest is that of the content", ReadWriteCases::digest));
    cases.add(new ContractCase("a visitor's memory is lent", ReadWriteCases::lentMemory));
    cases.add(new ContractCase("thousands of keys", ReadWriteCases::manyKeys));
  }

  private static void empty(ContractFixture fixture) {
    Engine engine = fixture.engine();
    assertEquals(0, engine.sequence());
    assertEquals(0, engine.durableSequence());
    assertEquals(-1, engine.appliedIndex(0));
    assertEquals(-1, engine.durableAppliedIndex(3));
    assertNull(engine.get(bytes("k")));
    assertEquals(List.of(), scan(engine));
    assertEquals(new StateDigest(0, 0, 0), engine.digest());
    assertEquals(0, engine.verify().entries());
    engine.compact(KeyRange.all());
    engine.settle();
    assertTrue(engine.approximateBytes(KeyRange.all()) >= 0);
    assertEquals(0, engine.flush());
  }

  private static void basics(ContractFixture fixture) {
    Engine engine = fixture.engine();
    long one = engine.put(bytes("k"), bytes("one"), WRITTEN);
    assertEquals(one, engine.sequence());
    assertEquals("one", text(engine, "k"));
    long two = engine.put(bytes("k"), bytes("two"), WRITTEN);
    assertTrue(two > one);
    assertEquals("two", text(engine, "k"));
    assertNull(engine.get(bytes("kk")));
    assertNull(engine.get(bytes("j")));
    long three = engine.delete(bytes("k"), WRITTEN);
    assertNull(engine.get(bytes("k")));
    long four = engine.delete(bytes("absent"), WRITTEN);
    assertTrue(three > two && four > three);
    engine.put(bytes("k"), bytes("again"), WRITTEN);
    assertEquals(List.of("k=again"), scan(fixture.reopen()));
    assertTrue(fixture.engine().put(bytes("l"), bytes("x"), WRITTEN) > four);
  }

  private static void emptyValue(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("e"), new byte[0], WRITTEN);
    assertArrayEquals(new byte[0], engine.get(bytes("e")));
    ReadChecks.get(engine, Key.of(bytes("e")), List.of(new Payload(1, 0)));
    assertEquals(List.of("e="), scan(engine));
    assertEquals(List.of("e="), scan(fixture.reopen()));
    assertEquals(1, fixture.engine().digest().entries());
  }

  private static void order(ContractFixture fixture) {
    Engine engine = fixture.engine();
    byte[][] keys = {{(byte) 0xff}, {0}, {0, 0}, {0x7f}, {(byte) 0x80}, {(byte) 0xff, 0}, {1}};
    for (byte[] key : keys) {
      engine.put(key, key, WRITTEN);
    }
    byte[][] sorted = keys.clone();
    Arrays.sort(sorted, Arrays::compareUnsigned);
    try (var cursor = engine.cursor(KeyRange.all())) {
      for (byte[] key : sorted) {
        assertTrue(cursor.next());
        assertArrayEquals(key, cursor.key());
        assertArrayEquals(key, cursor.value());
      }
      assertFalse(cursor.next());
    }
  }

  private static void segments(ContractFixture fixture) {
    Engine engine = fixture.engine();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(64);
      MemorySegment.copy(bytes("..keyvalue.."), 0, memory, ValueLayout.JAVA_BYTE, 1, 12);
      engine.put(memory, 3, 3, memory, 6, 5, WRITTEN);
      memory.fill((byte) 'x');
      assertEquals("value", text(engine, "key"));
      MemorySegment target = arena.allocate(16);
      MemorySegment heap = MemorySegment.ofArray(bytes("..key"));
      assertEquals(5, engine.copy(heap, 2, 3, target, 4, 12));
      assertEquals('v', target.get(ValueLayout.JAVA_BYTE, 4));
      MemorySegment readOnly = heap.asReadOnly();
      assertTrue(engine.read(readOnly, 2, 3, (segment, offset, length) -> {}));
      engine.delete(readOnly, 2, 3, WRITTEN);
    }
    assertEquals(List.of(), scan(engine));
  }

  private static void threeWays(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (int i = 0; i < 50; i++) {
      Payload value = new Payload(i, i * 37);
      engine.put(bytes("k" + i), value.bytes(), WRITTEN);
      ReadChecks.get(engine, Key.of(bytes("k" + i)), List.of(value));
    }
    engine.flush();
    for (int i = 0; i < 50; i++) {
      ReadChecks.get(engine, Key.of(bytes("k" + i)), List.of(new Payload(i, i * 37)));
    }
    MemorySegment keys = MemorySegment.ofArray(bytes("k1k77k2k1"));
    int[] seen = new int[4];
    int present =
        engine.readMany(
            keys,
            new long[] {0, 2, 5, 7},
            new int[] {2, 3, 2, 2},
            4,
            (index, segment, offset, length) -> seen[index] = length + 1);
    assertEquals(3, present);
    assertArrayEquals(new int[] {38, 0, 75, 38}, seen);
  }

  private static void batchOrder(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("m"), bytes("old"), WRITTEN);
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("a"), bytes("1")).put(bytes("a"), bytes("2")).put(bytes("b"), bytes("3"));
    batch.delete(bytes("b")).put(bytes("c"), bytes("4")).deleteRange(range("c", "n"));
    batch.put(bytes("d"), bytes("5"));
    long before = engine.sequence();
    long sequence = engine.write(batch, WRITTEN);
    assertTrue(sequence > before);
    assertEquals(sequence, engine.sequence());
    batch.clear();
    batch.put(bytes("zzzz"), bytes("not written"));
    assertEquals(List.of("a=2", "d=5"), scan(engine));
    assertEquals(List.of("a=2", "d=5"), scan(fixture.reopen()));
  }

  private static void emptyBatch(ContractFixture fixture) {
    Engine engine = fixture.engine();
    assertEquals(0, engine.write(new WriteBatch(), WRITTEN));
    long sequence = engine.put(bytes("a"), bytes("1"), WRITTEN);
    assertEquals(sequence, engine.write(new WriteBatch(), Durability.BUFFERED));
    assertEquals(sequence, engine.sequence());
  }

  private static void applied(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.write(new WriteBatch().put(bytes("a"), bytes("1")).applied(0, 5), WRITTEN);
    engine.write(new WriteBatch().applied(9, 1), WRITTEN);
    engine.write(new WriteBatch().put(bytes("b"), bytes("2")).applied(0, 6), WRITTEN);
    assertEquals(6, engine.appliedIndex(0));
    assertEquals(1, engine.appliedIndex(9));
    assertEquals(-1, engine.appliedIndex(1));
    engine.flush();
    assertEquals(6, engine.durableAppliedIndex(0));
    assertEquals(1, engine.durableAppliedIndex(9));
    engine.compact(KeyRange.all());
    assertEquals(6, engine.appliedIndex(0));
    Engine again = fixture.reopen();
    assertEquals(6, again.appliedIndex(0));
    assertEquals(1, again.appliedIndex(9));
    assertEquals(6, again.durableAppliedIndex(0));
    assertEquals(-1, again.appliedIndex(2));
  }

  private static void rangeDeletes(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (String key : List.of("a", "b", "ba", "c", "d", "e")) {
      engine.put(bytes(key), bytes("1"), WRITTEN);
    }
    engine.deleteRange(range("b", "c"), WRITTEN);
    assertEquals(List.of("a=1", "c=1", "d=1", "e=1"), scan(engine));
    engine.deleteRange(range("c", "b"), WRITTEN);
    engine.deleteRange(range("c", "c"), WRITTEN);
    assertEquals(4, scan(engine).size());
    engine.deleteRange(range(null, "b"), WRITTEN);
    engine.deleteRange(range("e", null), WRITTEN);
    assertEquals(List.of("c=1", "d=1"), scan(engine));
    assertNull(engine.get(bytes("a")));
    engine.put(bytes("ba"), bytes("2"), WRITTEN);
    engine.flush();
    engine.compact(range("a", "d"));
    assertEquals(List.of("ba=2", "c=1", "d=1"), scan(engine));
    engine.deleteRange(KeyRange.all(), WRITTEN);
    assertEquals(List.of(), scan(engine));
    engine.put(bytes("z"), bytes("3"), WRITTEN);
    assertEquals(List.of("z=3"), scan(fixture.reopen()));
  }

  private static void statistics(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("abc"), bytes("12345"), WRITTEN);
    engine.delete(bytes("x"), WRITTEN);
    engine.deleteRange(range("p", "qq"), WRITTEN);
    engine.write(new WriteBatch().put(bytes("ab"), bytes("1")).delete(bytes("yy")), WRITTEN);
    engine.flush();
    engine.get(bytes("abc"));
    engine.get(bytes("nothing"));
    EngineStats stats = engine.stats();
    assertEquals(8 + 1 + 3 + 3 + 2, stats.userBytes());
    assertTrue(stats.ledger().total() >= stats.userBytes(), stats.ledger().toString());
    assertTrue(stats.diskBytes() > 0);
    assertEquals(2, stats.readOperations());
    if (stats.liveEntries() >= 0) {
      assertEquals(2, stats.liveEntries());
    }
    if (stats.liveBytes() >= 0) {
      assertEquals(8 + 3, stats.liveBytes());
    }
    assertTrue(stats.offHeapBytes() >= 0 && stats.indexBytes() >= 0);
  }

  private static void digest(ContractFixture fixture) {
    Engine engine = fixture.engine();
    StateDigest.Sum sum = new StateDigest.Sum();
    for (int i = 0; i < 40; i++) {
      byte[] key = bytes("key" + i);
      byte[] value = new Payload(i, i * 3).bytes();
      engine.put(key, bytes("overwritten"), WRITTEN);
      engine.put(key, value, WRITTEN);
      MemorySegment keySegment = MemorySegment.ofArray(key);
      sum.add(keySegment, 0, key.length, MemorySegment.ofArray(value), 0, value.length);
    }
    engine.put(bytes("gone"), bytes("gone"), WRITTEN);
    engine.delete(bytes("gone"), WRITTEN);
    assertEquals(sum.digest(), engine.digest());
    engine.settle();
    assertEquals(sum.digest(), engine.digest());
    assertEquals(sum.digest(), fixture.reopen().digest());
  }

  private static void lentMemory(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("k"), bytes("value"), WRITTEN);
    MemorySegment[] escaped = new MemorySegment[1];
    byte[] key = bytes("k");
    MemorySegment keySegment = MemorySegment.ofArray(key);
    engine.read(
        keySegment,
        0,
        1,
        (segment, offset, length) -> {
          assertTrue(segment.isReadOnly(), "a visitor may not be able to write");
          escaped[0] = segment;
        });
    if (fixture.subject().parsed().checked()) {
      assertThrows(IllegalStateException.class, () -> escaped[0].get(ValueLayout.JAVA_BYTE, 0));
      assertThrows(
          IllegalStateException.class,
          () -> engine.read(keySegment, 0, 1, (s, o, l) -> engine.put(key, key, WRITTEN)));
    }
    assertEquals("value", text(engine, "k"));
  }

  private static void manyKeys(ContractFixture fixture) {
    Engine engine = fixture.engine();
    int count = 3000;
    for (int i = 0; i < count; i++) {
      int key = (i * 7919) % count;
      engine.put(bytes(String.format("%06d", key)), new Payload(key, key % 200).bytes(), WRITTEN);
    }
    for (int i = 0; i < count; i += 3) {
      engine.delete(bytes(String.format("%06d", i)), WRITTEN);
    }
    requireMany(engine, count);
    engine.settle();
    requireMany(engine, count);
    engine.compact(KeyRange.all());
    requireMany(engine, count);
    requireMany(fixture.reopen(), count);
  }

  private static void requireMany(Engine engine, int count) {
    int live = 0;
    try (var cursor = engine.cursor(KeyRange.all())) {
      for (int i = 0; i < count; i++) {
        byte[] key = bytes(String.format("%06d", i));
        if (i % 3 == 0) {
          assertNull(engine.get(key));
        } else {
          live++;
          byte[] value = new Payload(i, i % 200).bytes();
          assertTrue(cursor.next());
          assertArrayEquals(key, cursor.key());
          assertArrayEquals(value, cursor.value());
          assertArrayEquals(value, engine.get(key));
        }
      }
      assertFalse(cursor.next());
    }
    assertEquals(live, engine.verify().entries());
  }
}
