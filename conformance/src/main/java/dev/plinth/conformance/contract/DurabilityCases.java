package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static dev.plinth.conformance.contract.ContractFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Durability levels, flush, listeners, poisoning (clauses D1, D3, D7).
final class DurabilityCases {
  private static final CrashState POWER = new CrashState.NothingUnsynced();
  private static final CrashState KILL = new CrashState.ProcessKilled();

  private DurabilityCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("SYNCED survives power loss", DurabilityCases::synced));
    cases.add(new ContractCase("WRITTEN survives kill -9", DurabilityCases::written));
    cases.add(new ContractCase("flush survives power loss", DurabilityCases::flushed));
    cases.add(new ContractCase("an ingest survives power loss", DurabilityCases::ingested));
    cases.add(new ContractCase("SYNCED without a log", DurabilityCases::withoutLog));
    cases.add(new ContractCase("listeners hear in order", DurabilityCases::listeners));
    cases.add(new ContractCase("a failed sync poisons", DurabilityCases::poisoned));
    cases.add(new ContractCase("closing tells of a failed sync", DurabilityCases::unheard));
  }

  private static boolean hasLog(ContractFixture fixture) {
    return !fixture.subject().withoutLog();
  }

  private static void synced(ContractFixture fixture) {
    if (!hasLog(fixture)) {
      return;
    }
    Engine engine = fixture.engine();
    engine.put(bytes("a"), bytes("1"), Durability.BUFFERED);
    long sequence = engine.put(bytes("b"), bytes("2"), Durability.SYNCED);
    assertTrue(engine.durableSequence() >= sequence);
    engine.write(new WriteBatch().put(bytes("c"), bytes("3")).applied(1, 9), Durability.SYNCED);
    assertEquals(9, engine.durableAppliedIndex(1));
    Engine again = fixture.crash(POWER);
    assertEquals(List.of("a=1", "b=2", "c=3"), scan(again));
    assertEquals(9, again.appliedIndex(1));
    again.put(bytes("d"), bytes("4"), Durability.SYNCED);
    assertEquals(4, scan(fixture.crash(POWER)).size());
  }

  private static void written(ContractFixture fixture) {
    if (!hasLog(fixture)) {
      return;
    }
    Engine engine = fixture.engine();
    engine.put(bytes("a"), bytes("1"), Durability.BUFFERED);
    engine.put(bytes("b"), bytes("2"), Durability.WRITTEN);
    Engine again = fixture.crash(KILL);
    assertEquals(List.of("a=1", "b=2"), scan(again));
    again.flush();
    assertEquals(List.of("a=1", "b=2"), scan(fixture.crash(POWER)));
  }

  private static void flushed(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (int i = 0; i < 20; i++) {
      engine.write(
          new WriteBatch().put(bytes("k" + i), bytes("v")).applied(2, i), Durability.BUFFERED);
    }
    long flushed = engine.flush();
    assertTrue(flushed >= engine.sequence());
    assertTrue(engine.durableSequence() >= flushed);
    assertEquals(19, engine.durableAppliedIndex(2));
    engine.put(bytes("later"), bytes("v"), Durability.BUFFERED);
    Engine again = fixture.crash(POWER);
    assertTrue(scan(again).size() >= 20);
    assertEquals(19, again.durableAppliedIndex(2));
    assertTrue(again.sequence() >= flushed);
  }

  private static void ingested(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("z"), bytes("1"), Durability.BUFFERED);
    dev.plinth.conformance.model.Mutation.Put entry =
        new dev.plinth.conformance.model.Mutation.Put(
            dev.plinth.conformance.model.Key.of(bytes("a")),
            new dev.plinth.conformance.model.Payload(1, 0));
    engine.ingest(new dev.plinth.conformance.model.ListedEntries(List.of(entry)));
    assertEquals(List.of("a=", "z=1"), scan(fixture.crash(POWER)));
  }

  private static void withoutLog(ContractFixture fixture) {
    Engine engine = fixture.engine();
    EngineTraits.LogOff logOff = engine.traits().logOff();
    if (fixture.subject().parsed().wal() || logOff != EngineTraits.LogOff.NO_LOG) {
      engine.put(bytes("a"), bytes("1"), Durability.SYNCED);
      assertEquals(List.of("a=1"), scan(fixture.crash(POWER)));
      return;
    }
    byte[] key = bytes("a");
    assertThrows(StorageException.Unsupported.class, () -> engine.put(key, key, Durability.SYNCED));
    assertThrows(
        StorageException.Unsupported.class,
        () -> engine.write(new WriteBatch().delete(key), Durability.SYNCED));
    assertEquals(0, engine.sequence());
    assertEquals(List.of(), scan(engine));
    engine.put(key, key, Durability.WRITTEN);
    engine.flush();
    assertEquals(List.of("a=a"), scan(fixture.crash(POWER)));
  }

  /// Writes down what it hears.
  private static final class Listener implements DurabilityListener {
    private final List<Long> heard = new ArrayList<>();
    private final List<StorageException> failures = new ArrayList<>();

    @Override
    public synchronized void durable(long sequence) {
      heard.add(sequence);
      notifyAll();
    }

    @Override
    public synchronized void failed(StorageException cause) {
      failures.add(cause);
      notifyAll();
    }

    synchronized void awaitDurable(long sequence) throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (heard.isEmpty() || heard.getLast() < sequence) {
        assertTrue(System.nanoTime() < deadline, "heard only " + heard);
        wait(100);
      }
    }

    synchronized void awaitFailure() throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (failures.isEmpty()) {
        assertTrue(System.nanoTime() < deadline, "did not hear of the failure");
        wait(100);
      }
    }

    synchronized List<Long> heard() {
      return List.copyOf(heard);
    }
  }

  private static void listeners(ContractFixture fixture) throws InterruptedException {
    Engine engine = fixture.engine();
    Listener listener = new Listener();
    Engine.Registration registration = engine.onDurable(listener);
    for (int i = 0; i < 10; i++) {
      long sequence = engine.put(bytes("k" + i), bytes("v"), Durability.BUFFERED);
      if (i % 3 == 0) {
        engine.requestFlush();
        listener.awaitDurable(sequence);
      } else {
        engine.flush();
      }
      assertTrue(engine.durableSequence() >= sequence);
    }
    listener.awaitDurable(engine.sequence());
    List<Long> heard = listener.heard();
    assertEquals(heard.stream().sorted().toList(), heard);
    registration.close();
    registration.close();
    engine.put(bytes("later"), bytes("v"), Durability.BUFFERED);
    engine.flush();
    assertEquals(heard, listener.heard());
  }

  private static void poisoned(ContractFixture fixture) throws InterruptedException {
    FaultDisk faults = new FaultDisk(fixture.disk(), Fault.none(Fault.Kind.FAILED_SYNC));
    Engine engine = fixture.open(faults, fixture.store());
    Listener listener = new Listener();
    engine.onDurable(listener);
    engine.put(bytes("a"), bytes("1"), Durability.WRITTEN);
    engine.flush();
    byte[] key = bytes("b");
    engine.put(key, bytes("2"), Durability.WRITTEN);
    faults.arm(new Fault(Fault.Kind.FAILED_SYNC, 1, false));
    boolean acknowledged = flushUntilItFails(engine);
    StorageException.Poisoned poisoned =
        assertThrows(
            StorageException.Poisoned.class, () -> engine.put(key, key, Durability.WRITTEN));
    assertNotNull(poisoned.getCause());
    assertThrows(StorageException.Poisoned.class, engine::flush);
    assertThrows(StorageException.Poisoned.class, () -> engine.delete(key, Durability.BUFFERED));
    assertEquals("1", text(engine, "a"));
    assertEquals("2", text(engine, "b"));
    listener.awaitFailure();
    closePoisoned(engine);
    try (Engine after = fixture.open(fixture.disk().image().crash(POWER), fixture.store())) {
      assertEquals("1", text(after, "a"));
      if (acknowledged) {
        assertEquals("2", text(after, "b"));
      }
    }
    Engine again = fixture.engine();
    assertEquals("1", text(again, "a"));
    again.put(bytes("c"), bytes("3"), Durability.WRITTEN);
    again.flush();
    assertEquals("3", text(fixture.crash(POWER), "c"));
  }

  /// The first flush fails, unless work in the background has met the failing sync before it: then
  /// a later one does, and what the first has acknowledged must be there.
  ///
  /// @return whether a flush has returned before
  private static boolean flushUntilItFails(Engine engine) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    boolean acknowledged = false;
    while (true) {
      try {
        engine.flush();
        acknowledged = true;
      } catch (StorageException expected) {
        return acknowledged;
      }
      assertTrue(System.nanoTime() < deadline, "a failed sync does not keep later flushes back");
      Thread.sleep(1);
    }
  }

  /// Whether the sync fails in the background, where nobody hears of it, or while closing: who
  /// closes must not take the write for safe.
  private static void unheard(ContractFixture fixture) {
    FaultDisk faults = new FaultDisk(fixture.disk(), Fault.none(Fault.Kind.FAILED_SYNC));
    Engine engine = fixture.open(faults, fixture.store());
    engine.put(bytes("a"), bytes("1"), Durability.WRITTEN);
    engine.flush();
    engine.put(bytes("b"), bytes("2"), Durability.WRITTEN);
    faults.arm(new Fault(Fault.Kind.FAILED_SYNC, 1, true));
    if (asksInBackground(engine)) {
      assertThrows(StorageException.class, engine::close);
    }
    closePoisoned(engine);
    try (Engine after = fixture.open(fixture.disk().image().crash(POWER), fixture.store())) {
      assertEquals("1", text(after, "a"));
    }
  }

  /// Whether nobody heard of a failed sync yet: an engine may sync within the request and throw.
  private static boolean asksInBackground(Engine engine) {
    try {
      engine.requestFlush();
      return true;
    } catch (StorageException e) {
      return false;
    }
  }

  private static void closePoisoned(Engine engine) {
    try {
      engine.close();
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
  }
}
