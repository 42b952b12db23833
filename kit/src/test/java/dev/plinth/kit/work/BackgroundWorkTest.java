package dev.plinth.kit.work;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BackgroundWorkTest {
  private final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

  @Test
  void runsTasksOnItsOwnNamedDaemonThreads() {
    Set<String> names = ConcurrentHashMap.newKeySet();
    AtomicInteger active = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    try (BackgroundWork work = new BackgroundWork("btree", 2, null, failures::add)) {
      for (int i = 0; i < 200; i++) {
        work.submit(
            "flush",
            () -> {
              most.accumulateAndGet(active.incrementAndGet(), Math::max);
              names.add(Thread.currentThread().getName() + Thread.currentThread().isDaemon());
              active.decrementAndGet();
              done.incrementAndGet();
            });
      }
      work.awaitIdle();
      assertEquals(200, done.get());
      assertEquals(0, work.pending());
    }
    assertTrue(most.get() <= 2);
    for (String name : names) {
      assertTrue(name.matches("plinth-btree-\\d+ flushtrue"), name);
    }
    assertEquals(List.of(), failures);
  }

  @Test
  void oneAtATimeKeepsTheOrder() {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    try (BackgroundWork work = new BackgroundWork("btree", 1, null, failures::add)) {
      for (int i = 0; i < 100; i++) {
        int number = i;
        work.submit("n", () -> order.add(number));
      }
      work.awaitIdle();
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(i, order.get(i));
    }
  }

  @Test
  void usesTheExecutorItIsGivenWithinItsBound() {
    Deque<Runnable> handed = new ArrayDeque<>();
    BackgroundWork work = new BackgroundWork("btree", 2, handed::add, failures::add);
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < 5; i++) {
      work.submit("t", done::incrementAndGet);
    }
    assertEquals(2, handed.size());
    assertEquals(5, work.pending());
    handed.remove().run();
    assertEquals(1, done.get());
    assertEquals(2, handed.size());
    while (!handed.isEmpty()) {
      handed.remove().run();
    }
    assertEquals(5, done.get());
    work.submit("t", done::incrementAndGet);
    assertEquals(1, handed.size());
    work.close();
    handed.remove().run();
    assertEquals(5, done.get());
  }

  @Test
  void anExecutorThatRefusesLosesNothing() {
    Deque<Runnable> handed = new ArrayDeque<>();
    AtomicInteger room = new AtomicInteger(1);
    AtomicInteger done = new AtomicInteger();
    BackgroundWork work =
        new BackgroundWork(
            "btree",
            2,
            task -> {
              if (room.getAndDecrement() <= 0) {
                throw new RejectedExecutionException("full");
              }
              handed.add(task);
            },
            failures::add);
    work.submit("first", done::incrementAndGet);
    assertThrows(
        RejectedExecutionException.class, () -> work.submit("second", done::incrementAndGet));
    assertEquals(1, work.pending());
    handed.remove().run();
    assertEquals(1, done.get());
    room.set(2);
    work.submit("third", done::incrementAndGet);
    work.submit("fourth", done::incrementAndGet);
    work.submit("fifth", done::incrementAndGet);
    room.set(0);
    handed.remove().run();
    assertEquals(4, done.get());
    work.close();
  }

  @Test
  void failuresGoToTheHandlerAndStopNothing() {
    IllegalStateException first = new IllegalStateException("first");
    AssertionError second = new AssertionError("second");
    AtomicInteger done = new AtomicInteger();
    try (BackgroundWork work =
        new BackgroundWork(
            "btree",
            1,
            null,
            e -> {
              failures.add(e);
              throw new IllegalArgumentException("the handler fails too");
            })) {
      assertNull(work.failure());
      work.submit(
          "bad",
          () -> {
            throw first;
          });
      work.submit(
          "bad",
          () -> {
            throw second;
          });
      work.submit("good", done::incrementAndGet);
      work.awaitIdle();
      assertSame(first, work.failure());
      assertEquals(List.of(first, second), failures);
      assertEquals(1, done.get());
    }
  }

  @Test
  void closingWaitsForWhatRunsAndDropsTheRest() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    BackgroundWork work = new BackgroundWork("btree", 1, null, failures::add);
    work.submit(
        "long",
        () -> {
          started.countDown();
          awaitQuietly(release);
          done.incrementAndGet();
        });
    work.submit("waiting", () -> done.addAndGet(100));
    started.await();
    assertEquals(List.of("long"), work.running());
    Thread closer = Thread.ofVirtual().start(work::close);
    while (work.pending() != 1) {
      Thread.sleep(1);
    }
    assertThrows(StorageException.Closed.class, () -> work.submit("late", () -> {}));
    closer.interrupt();
    assertFalse(closer.join(java.time.Duration.ofMillis(20)));
    release.countDown();
    closer.join();
    assertEquals(1, done.get());
    work.close();
    assertEquals(List.of(), failures);
  }

  @Test
  void refusesABoundOfNone() {
    assertThrows(
        IllegalArgumentException.class, () -> new BackgroundWork("btree", 0, null, failures::add));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
