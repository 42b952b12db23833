package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What fails is told to all who wait, keeps nobody waiting, and leaves nothing open.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LogFailureTest {
  private static final Path FOLDER = Path.of("/log");
  private static final long STORE = 5;
  private static final LogOptions SMALL = LogOptions.small(16 << 10, 4 << 10);

  private final SimDisk disk = new SimDisk();
  private final WatchedDisk watched = new WatchedDisk(disk);

  @BeforeEach
  void folder() {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
  }

  private LogWriter open(LogListener listener) {
    return LogWriter.open(
        watched.disk(), FOLDER, STORE, SMALL, null, 0, 0, listener, new Entry.Collector());
  }

  private static long append(LogWriter log, Durability durability, int length) {
    return log.append(durability, 1, 1, 1, Entry.numbered(1, length).segment(), 0, length);
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  private static boolean waits(Thread thread) {
    return thread.getState() == Thread.State.WAITING;
  }

  /// Whether the log's own thread was not needed yet, or waits for work.
  private static boolean ownThreadRests() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("plinth-log-log"))
        .allMatch(LogFailureTest::waits);
  }

  private static StorageException.Io refusal() {
    return new StorageException.Io("refused", null);
  }

  @Test
  void aFailedSyncIsToldToAllWhoWaitForIt() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ends = new CountDownLatch(1);
    StorageException refusal = refusal();
    LogWriter log = open(LogListener.NONE);
    watched.watch.set(
        (method, _) -> {
          if (method.equals("syncData")) {
            begun.countDown();
            try {
              ends.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            throw refusal;
          }
        });
    Set<StorageException> told = ConcurrentHashMap.newKeySet();
    Runnable work =
        () ->
            told.add(
                assertThrows(
                    StorageException.Poisoned.class, () -> append(log, Durability.SYNCED, 10)));
    List<Thread> threads = new ArrayList<>();
    threads.add(Thread.ofPlatform().start(work));
    begun.await();
    for (int i = 0; i < 6; i++) {
      threads.add((i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(work));
    }
    for (Thread thread : threads.subList(1, threads.size())) {
      until(() -> waits(thread));
    }
    ends.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(7, told.size());
    told.forEach(each -> assertSame(refusal, each.getCause()));
    log.close();
    assertEquals(Set.of(), watched.open);
  }

  @Test
  void whatOnlyTheOwnThreadHasSeenIsToldAtTheEnd() throws InterruptedException {
    LogWriter log = open(LogListener.NONE);
    AtomicBoolean failed = new AtomicBoolean();
    watched.watch.set(
        (method, _) -> {
          if (method.equals("syncData")) {
            failed.set(true);
            throw refusal();
          }
        });
    append(log, Durability.BUFFERED, 10);
    log.requestSync();
    until(() -> failed.get() && ownThreadRests());
    assertThrows(StorageException.Poisoned.class, log::close);
    log.close();
    assertEquals(Set.of(), watched.open);
  }

  @Test
  void aListenerThatThrowsKeepsNobodyWaiting() {
    RuntimeException broken = new IllegalStateException("broken");
    LogListener listener =
        new LogListener() {
          @Override
          public void rolled(Path from, Path to) {
            throw broken;
          }

          @Override
          public void failed(StorageException cause) {
            throw new IllegalStateException("broken too");
          }
        };
    LogWriter log = open(listener);
    StorageException.Poisoned told =
        assertThrows(
            StorageException.Poisoned.class,
            () -> {
              while (true) {
                append(log, Durability.SYNCED, 1000);
              }
            });
    assertSame(broken, told.getCause().getCause());
    assertEquals("broken too", told.getCause().getSuppressed()[0].getMessage());
    assertThrows(StorageException.Poisoned.class, () -> append(log, Durability.BUFFERED, 10));
    log.close();
    assertEquals(Set.of(), watched.open);
  }

  @Test
  void aFailureThatTheListenerDidNotTakeIsToldAtTheEnd() {
    LogListener listener =
        new LogListener() {
          @Override
          public void failed(StorageException cause) {
            throw new IllegalStateException("broken");
          }
        };
    LogWriter log = open(listener);
    watched.watch.set(
        (method, _) -> {
          if (method.equals("write")) {
            throw refusal();
          }
        });
    append(log, Durability.BUFFERED, 10);
    assertThrows(StorageException.Poisoned.class, log::close);
    log.close();
    assertEquals(Set.of(), watched.open);
  }

  @Test
  void aLogWhoseFilesWereRemovedClosesAllTheSame() {
    LogWriter log = open(LogListener.NONE);
    append(log, Durability.SYNCED, 10);
    disk.list(FOLDER).forEach(name -> disk.delete(FOLDER.resolve(name)));
    StorageException told = assertThrows(StorageException.Poisoned.class, log::close);
    assertTrue(told.getMessage().contains("/log"), told.getMessage());
    log.close();
    assertEquals(Set.of(), watched.open);
  }

  /// A writer that was called and does not run yet: all carriers of virtual threads are busy.
  @Test
  void theOwnThreadRestsWhileAWriterThatWasCalledDoesNotRun() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ends = new CountDownLatch(1);
    LogWriter log = open(LogListener.NONE);
    watched.watch.set(
        (method, _) -> {
          if (method.equals("write") && begun.getCount() > 0) {
            begun.countDown();
            try {
              ends.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
        });
    Thread first = Thread.ofPlatform().start(() -> append(log, Durability.SYNCED, 10));
    begun.await();
    Thread virtual =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; i < 20; i++) {
                    append(log, Durability.BUFFERED, 1000);
                  }
                });
    until(() -> waits(virtual));
    AtomicBoolean busy = new AtomicBoolean(true);
    AtomicInteger running = new AtomicInteger();
    int carriers =
        Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    List<Thread> threads = new ArrayList<>(List.of(first, virtual));
    for (int i = 0; i < carriers; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    running.incrementAndGet();
                    while (busy.get()) {
                      Thread.onSpinWait();
                    }
                  }));
    }
    until(() -> running.get() == carriers);
    ends.countDown();
    first.join();
    int rests = 0;
    for (int look = 0; look < 5000 && rests < 20; look++) {
      rests = ownThreadRests() ? rests + 1 : 0;
      Thread.sleep(1);
    }
    busy.set(false);
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(20, rests);
    assertEquals(21, log.stats().records());
    log.close();
  }

  /// Opening after a crash repairs; whichever call fails, nothing stays open.
  @Test
  void anOpeningThatFailsLeavesNothingOpen() {
    LogOptions recycling = SMALL.withRecycledSegments(1);
    LogWriter log = LogWriter.open(disk, FOLDER, STORE, recycling, new Entry.Collector());
    for (int i = 0; i < 40; i++) {
      append(log, Durability.SYNCED, 1000);
    }
    long from = log.endPosition();
    append(log, Durability.WRITTEN, 1000);
    int failures = 0;
    for (int index = 1; failures == index - 1; index++) {
      SimDisk crashed = disk.crash(new CrashState.ProcessKilled());
      WatchedDisk seen =
          new WatchedDisk(new FaultDisk(crashed, new Fault(Fault.Kind.EIO, index, false)));
      try (LogWriter opened =
          LogWriter.open(
              seen.disk(),
              FOLDER,
              STORE,
              recycling,
              null,
              from,
              0,
              LogListener.NONE,
              new Entry.Collector())) {
        assertFalse(opened.recovered().numbers().isEmpty());
      } catch (StorageException e) {
        failures++;
      }
      assertEquals(Set.of(), seen.open, "after the failure of call " + index);
    }
    assertTrue(failures > 30, failures + " calls");
  }
}
