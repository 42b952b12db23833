package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static dev.plinth.conformance.contract.ContractFixture.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.plinth.conformance.model.Key;
import dev.plinth.conformance.model.ListedEntries;
import dev.plinth.conformance.model.Mutation;
import dev.plinth.conformance.model.Payload;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Opening, closing, refusing, ingesting, full disks (clauses D8 and D9).
final class LifecycleCases {
  private static final Durability WRITTEN = Durability.WRITTEN;
  private static final long FULL_STEP_BYTES = 64 << 10;

  private LifecycleCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("use after close", LifecycleCases::useAfterClose));
    cases.add(new ContractCase("close waits for a snapshot", LifecycleCases::closeWaits));
    cases.add(new ContractCase("opened twice", LifecycleCases::openedTwice));
    cases.add(new ContractCase("opened twice on the real disk", LifecycleCases::twiceReal));
    cases.add(new ContractCase("a folder of someone else", LifecycleCases::foreignFolder));
    cases.add(new ContractCase("reopened many times", LifecycleCases::reopenedOften));
    cases.add(new ContractCase("a store on the real disk", LifecycleCases::realDisk));
    cases.add(new ContractCase("ingest", LifecycleCases::ingest));
    cases.add(new ContractCase("a refused ingest", LifecycleCases::refusedIngest));
    cases.add(new ContractCase("a full disk", LifecycleCases::fullDisk));
  }

  private static void useAfterClose(ContractFixture fixture) {
    Engine engine = fixture.engine();
    byte[] key = bytes("k");
    engine.put(key, bytes("v"), WRITTEN);
    fixture.closeEngine();
    engine.close();
    List<Runnable> calls =
        List.of(
            () -> engine.put(key, key, WRITTEN),
            () -> engine.delete(key, WRITTEN),
            () -> engine.get(key),
            () -> engine.cursor(KeyRange.all()),
            () -> engine.snapshot(),
            () -> engine.flush(),
            () -> engine.compact(KeyRange.all()),
            () -> engine.verify());
    for (Runnable call : calls) {
      assertThrows(StorageException.Closed.class, call::run);
    }
    assertEquals("v", text(fixture.engine(), "k"));
  }

  private static void closeWaits(ContractFixture fixture) throws InterruptedException {
    Engine engine = fixture.engine();
    engine.put(bytes("k"), bytes("v"), WRITTEN);
    Snapshot snapshot = engine.snapshot();
    Thread closer = Thread.ofPlatform().daemon().start(fixture::closeEngine);
    closer.join(150);
    assertTrue(closer.isAlive(), "close() did not wait for the open snapshot");
    assertEquals("v", text(snapshot, "k"));
    snapshot.close();
    closer.join(8000);
    assertTrue(!closer.isAlive(), "close() still waits after the snapshot was closed");
  }

  private static void openedTwice(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("k"), bytes("v"), WRITTEN);
    assertThrows(
        StorageException.Locked.class, () -> fixture.open(fixture.disk(), fixture.store()));
    engine.put(bytes("l"), bytes("w"), WRITTEN);
    assertEquals(List.of("k=v", "l=w"), scan(fixture.reopen()));
  }

  private static void twiceReal(ContractFixture fixture) {
    try (Engine engine = fixture.openReal("twice")) {
      engine.put(bytes("k"), bytes("v"), WRITTEN);
      assertThrows(StorageException.Locked.class, () -> fixture.openReal("twice"));
      assertEquals("v", text(engine, "k"));
    }
    fixture.openReal("twice").close();
  }

  /// Either the folder is refused and stays as it is, or what was in it is left alone.
  private static void foreignFolder(ContractFixture fixture) {
    fixture.disk().createDirectories(fixture.store());
    byte[] text = bytes("somebody's only copy");
    try (DiskFile file =
        fixture.disk().open(fixture.store().resolve("thesis.txt"), OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(text), 0, text.length, ByteCause.OTHER);
    }
    Map<String, byte[]> before = content(fixture);
    try {
      fixture.engine().put(bytes("k"), bytes("v"), WRITTEN);
      fixture.closeEngine();
    } catch (StorageException.UnsupportedFormat e) {
      assertNotNull(e.getMessage());
      assertEquals(before.keySet(), content(fixture).keySet());
    }
    assertArrayEquals(text, content(fixture).get("thesis.txt"));
  }

  private static Map<String, byte[]> content(ContractFixture fixture) {
    Map<String, byte[]> files = new TreeMap<>();
    fixture
        .disk()
        .content(fixture.store())
        .forEach((name, bytes) -> files.put(name, bytes == null ? new byte[0] : bytes));
    return files;
  }

  private static void reopenedOften(ContractFixture fixture) {
    long last = 0;
    for (int i = 0; i < 12; i++) {
      Engine engine = fixture.engine();
      assertEquals(last, engine.sequence());
      assertEquals(last, engine.durableSequence());
      assertEquals(i, scan(engine).size());
      last = engine.put(bytes("k" + (char) ('a' + i)), new byte[i], WRITTEN);
      fixture.closeEngine();
    }
    assertEquals(12, fixture.engine().verify().entries());
  }

  private static void realDisk(ContractFixture fixture) {
    List<String> expected = new ArrayList<>();
    try (Engine engine = fixture.openReal("store")) {
      for (int i = 100; i < 300; i++) {
        engine.put(bytes("k" + i), bytes("v" + i), i % 2 == 0 ? WRITTEN : Durability.BUFFERED);
        expected.add("k" + i + "=v" + i);
      }
      engine.flush();
      assertTrue(engine.durableSequence() >= engine.sequence());
      engine.compact(KeyRange.all());
      engine.settle();
      assertEquals(expected, scan(engine));
      engine.checkpoint(fixture.realFolder().resolve("copy"));
    }
    try (Engine engine = fixture.openReal("store");
        Engine copy = fixture.openReal("copy")) {
      assertEquals(expected, scan(engine));
      assertEquals(expected, scan(copy));
      assertEquals(200, engine.verify().entries());
    }
  }

  private static void ingest(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("b"), bytes("old"), WRITTEN);
    engine.put(bytes("z"), bytes("old"), WRITTEN);
    try (Snapshot snapshot = engine.snapshot()) {
      long before = engine.sequence();
      List<Mutation.Put> entries = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        byte[] key = bytes(String.format("b%03d", i));
        entries.add(new Mutation.Put(Key.of(key), new Payload(i, i)));
      }
      entries.addFirst(new Mutation.Put(Key.of(bytes("b")), new Payload(-1, 3)));
      long sequence = engine.ingest(new ListedEntries(entries));
      assertTrue(sequence > before);
      assertEquals(sequence, engine.sequence());
      assertEquals(List.of("b=old", "z=old"), scan(snapshot));
      fixture.subject();
      requireIngested(engine, entries);
    }
    engine.put(bytes("b007"), bytes("newer"), WRITTEN);
    engine.compact(KeyRange.all());
    Engine again = fixture.reopen();
    assertEquals("newer", text(again, "b007"));
    assertEquals(502, again.verify().entries());
    assertEquals(again.sequence(), again.ingest(new ListedEntries(List.of())));
  }

  private static void requireIngested(Engine engine, List<Mutation.Put> entries) {
    for (Mutation.Put entry : entries) {
      assertArrayEquals(entry.value().bytes(), engine.get(entry.key().bytes()));
    }
    assertEquals("old", text(engine, "z"));
  }

  private static void refusedIngest(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("m"), bytes("1"), WRITTEN);
    long before = engine.sequence();
    Mutation.Put a = new Mutation.Put(Key.of(bytes("a")), new Payload(1, 9));
    Mutation.Put b = new Mutation.Put(Key.of(bytes("b")), new Payload(2, 9));
    for (List<Mutation.Put> wrong : List.of(List.of(b, a), List.of(a, a), List.of(a, b, b))) {
      assertThrows(IllegalArgumentException.class, () -> engine.ingest(new ListedEntries(wrong)));
    }
    EntrySource broken = new BrokenSource(new ListedEntries(List.of(a, b)));
    try {
      engine.ingest(broken);
      fail("an ingest passed over an exception of its source");
    } catch (UnsupportedOperationException e) {
      assertEquals("broken on purpose", e.getMessage());
    }
    byte[] tooLong = new byte[engine.traits().keyBytesMax() + 1];
    Mutation.Put large = new Mutation.Put(Key.of(tooLong), new Payload(3, 1));
    assertThrows(
        StorageException.LimitExceeded.class,
        () -> engine.ingest(new ListedEntries(List.of(large, b))));
    assertEquals(before, engine.sequence());
    assertEquals(List.of("m=1"), scan(engine));
    engine.put(bytes("n"), bytes("2"), WRITTEN);
    assertEquals(List.of("m=1", "n=2"), scan(fixture.reopen()));
  }

  /// Fails behind its second entry.
  private record BrokenSource(ListedEntries entries) implements EntrySource {
    @Override
    public boolean next() {
      if (entries.next()) {
        return true;
      }
      throw new UnsupportedOperationException("broken on purpose");
    }

    @Override
    public MemorySegment keySegment() {
      return entries.keySegment();
    }

    @Override
    public long keyOffset() {
      return entries.keyOffset();
    }

    @Override
    public int keyLength() {
      return entries.keyLength();
    }

    @Override
    public MemorySegment valueSegment() {
      return entries.valueSegment();
    }

    @Override
    public long valueOffset() {
      return entries.valueOffset();
    }

    @Override
    public int valueLength() {
      return entries.valueLength();
    }

    @Override
    public void close() {
      entries.close();
    }
  }

  /// Fills the disk, opens on the full disk, deletes, compacts, and writes again.
  private static void fullDisk(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("first"), bytes("1"), WRITTEN);
    engine.flush();
    fixture.disk().capacity(fixture.disk().usedBytes() + 40 * FULL_STEP_BYTES);
    byte[] value = new Payload(1, (int) FULL_STEP_BYTES / 4).bytes();
    List<String> written = new ArrayList<>();
    try {
      for (int i = 0; i < 2000; i++) {
        engine.put(bytes("k" + i), value, WRITTEN);
        engine.flush();
        written.add("k" + i);
      }
      fail("a full disk took everything");
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
    for (String key : written) {
      assertArrayEquals(value, engine.get(bytes(key)));
    }
    closeFull(fixture);
    Engine again = fixture.engine();
    for (String key : written) {
      assertArrayEquals(value, again.get(bytes(key)), key + " after reopening on a full disk");
    }
    assertTrue(written.size() > 8, "only " + written.size() + " writes before the disk was full");
    makeRoom(again, written);
    again.put(bytes("room"), bytes("again"), WRITTEN);
    again.flush();
    Engine last = fixture.reopen();
    assertEquals("again", text(last, "room"));
    assertEquals("1", text(last, "first"));
  }

  private static void makeRoom(Engine engine, List<String> written) {
    for (String key : written) {
      engine.delete(bytes(key), WRITTEN);
    }
    engine.compact(KeyRange.all());
    engine.settle();
  }

  private static void closeFull(ContractFixture fixture) {
    try {
      fixture.closeEngine();
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
  }
}
