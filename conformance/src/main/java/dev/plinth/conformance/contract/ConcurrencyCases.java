package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.WriteBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// Readers beside writers, many writers, virtual threads, interrupts (clause D11).
final class ConcurrencyCases {
  private static final int KEYS = 8;
  private static final int BATCHES = 1500;

  private ConcurrencyCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("readers see whole batches, in order", f -> readers(f, false)));
    cases.add(new ContractCase("virtual readers see whole batches", f -> readers(f, true)));
    cases.add(new ContractCase("many writers", f -> writers(f, false)));
    cases.add(new ContractCase("many virtual writers", f -> writers(f, true)));
    cases.add(new ContractCase("interrupted readers and writers", ConcurrencyCases::interrupted));
    cases.add(new ContractCase("interrupts on the real disk", ConcurrencyCases::interruptedReal));
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(40).putLong(value).array();
  }

  private static long number(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }

  private static Thread start(boolean virtual, Runnable work) {
    return virtual ? Thread.ofVirtual().start(work) : Thread.ofPlatform().daemon().start(work);
  }

  /// One writer counts up under all keys in one batch each; readers never see a number go back, and
  /// within one frozen state all keys agree.
  private static void readers(ContractFixture fixture, boolean virtual)
      throws InterruptedException {
    Engine engine = fixture.engine();
    AtomicBoolean done = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    count(engine, 0);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < (virtual ? 16 : 4); i++) {
      int kind = i % 3;
      threads.add(start(virtual, () -> guarded(failures, () -> readUntil(engine, done, kind))));
    }
    for (int i = 1; i <= BATCHES && failures.isEmpty(); i++) {
      count(engine, i);
      if (i % 400 == 0) {
        engine.flush();
      }
      if (i % 700 == 0) {
        engine.compact(KeyRange.all());
      }
    }
    done.set(true);
    join(threads);
    assertNull(failures.peek(), () -> "a reader failed: " + failures.peek());
  }

  private static void count(Engine engine, long value) {
    WriteBatch batch = new WriteBatch();
    for (int key = 0; key < KEYS; key++) {
      batch.put(bytes("k" + key), number(value));
    }
    engine.write(batch, value % 50 == 0 ? Durability.WRITTEN : Durability.BUFFERED);
  }

  /// Rests between its rounds, so that an engine whose lock is unfair is tried and not starved.
  private static void readUntil(Engine engine, AtomicBoolean done, int kind) {
    long[] last = new long[KEYS];
    while (!done.get()) {
      LockSupport.parkNanos(20_000);
      switch (kind) {
        case 0 -> readKeys(engine, last);
        case 1 -> requireAgreement(engine, last);
        default -> {
          try (Snapshot snapshot = engine.snapshot()) {
            requireAgreement(snapshot, last);
            long[] again = last.clone();
            requireAgreement(snapshot, again);
            assertEquals(last[0], again[0]);
          }
        }
      }
    }
  }

  private static void readKeys(Engine engine, long[] last) {
    for (int key = 0; key < KEYS; key++) {
      byte[] value = engine.get(bytes("k" + key));
      assertNotNull(value);
      assertTrue(number(value) >= last[key], "a value went back");
      last[key] = number(value);
    }
  }

  private static void requireAgreement(Reader reader, long[] last) {
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      assertTrue(cursor.next());
      long first = number(cursor.value());
      int seen = 1;
      while (cursor.next()) {
        assertEquals(first, number(cursor.value()), "half a batch is visible");
        seen++;
      }
      assertEquals(KEYS, seen);
      assertTrue(first >= last[0], "a scan went back");
      last[0] = first;
    }
  }

  private static void writers(ContractFixture fixture, boolean virtual)
      throws InterruptedException {
    Engine engine = fixture.engine();
    int count = virtual ? 64 : 6;
    int each = virtual ? 8 : 60;
    int all = count * each;
    Durability strongest = fixture.subject().withoutLog() ? Durability.WRITTEN : Durability.SYNCED;
    Set<Long> sequences = ConcurrentHashMap.newKeySet();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      int number = t;
      Runnable work =
          () -> {
            for (int i = 0; i < each; i++) {
              byte[] key = bytes("w" + number + "-" + i);
              Durability durability = i % 3 == 0 ? strongest : Durability.WRITTEN;
              assertTrue(sequences.add(engine.put(key, key, durability)), "a sequence twice");
              assertNotNull(engine.get(key));
            }
          };
      threads.add(start(virtual, () -> guarded(failures, work)));
    }
    join(threads);
    assertNull(failures.peek(), () -> "a writer failed: " + failures.peek());
    assertEquals(all, sequences.size());
    assertEquals(all, engine.verify().entries());
    assertEquals(all, fixture.reopen().verify().entries());
  }

  private static void interrupted(ContractFixture fixture) throws InterruptedException {
    interrupted(fixture.engine(), !fixture.subject().withoutLog());
    assertEquals(100, fixture.reopen().verify().entries());
  }

  private static void interruptedReal(ContractFixture fixture) throws InterruptedException {
    try (Engine engine = fixture.openReal("interrupts")) {
      interrupted(engine, !fixture.subject().withoutLog());
    }
    try (Engine engine = fixture.openReal("interrupts")) {
      assertEquals(100, engine.verify().entries());
    }
  }

  /// A caller's interrupt neither breaks a call nor gets lost.
  private static void interrupted(Engine engine, boolean log) throws InterruptedException {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Runnable work =
        () -> {
          for (int i = 0; i < 100; i++) {
            byte[] key = bytes("i" + i);
            Thread.currentThread().interrupt();
            engine.put(key, key, log && i % 10 == 0 ? Durability.SYNCED : Durability.WRITTEN);
            assertEquals("i" + i, text(engine, "i" + i));
            if (i % 25 == 0) {
              engine.flush();
            }
            assertTrue(Thread.interrupted(), "the interrupt was swallowed");
          }
        };
    Thread thread = start(false, () -> guarded(failures, work));
    join(List.of(thread));
    assertNull(failures.peek(), () -> "an interrupted caller failed: " + failures.peek());
    for (int i = 0; i < 100; i++) {
      assertEquals("i" + i, text(engine, "i" + i));
    }
  }

  private static void guarded(ConcurrentLinkedQueue<Throwable> failures, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(50_000);
      assertTrue(!thread.isAlive(), "a thread hangs");
    }
  }
}
