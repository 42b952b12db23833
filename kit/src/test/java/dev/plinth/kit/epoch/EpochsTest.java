package dev.plinth.kit.epoch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EpochsTest {
  private final Epochs epochs = new Epochs();
  private final List<String> freed = new ArrayList<>();

  private void retire(String name) {
    epochs.retire(() -> freed.add(name));
  }

  @Test
  void withoutReadersThingsGoAtOnce() {
    retire("a");
    retire("b");
    assertEquals(List.of("a", "b"), freed);
    epochs.exit(epochs.enter());
    retire("c");
    assertEquals(3, freed.size());
    assertEquals(0, epochs.retiredCount());
  }

  @Test
  void aThreadThatHasEndedIsNotHeld() throws InterruptedException {
    WeakReference<Object> task = readOnce(epochs);
    for (int i = 0; i < 200 && task.get() != null; i++) {
      System.gc();
      LockSupport.parkNanos(5_000_000);
    }
    assertNull(task.get(), "what an ended reader ran is held by its stripe");
  }

  /// Enters and leaves on a thread of its own.
  ///
  /// @return what the thread ran
  private static WeakReference<Object> readOnce(Epochs epochs) throws InterruptedException {
    byte[] held = new byte[1024];
    Runnable task =
        () -> {
          held[0]++;
          epochs.exit(epochs.enter());
        };
    Thread reader = new Thread(task);
    reader.start();
    reader.join();
    return new WeakReference<>(task);
  }

  @Test
  void aReaderKeepsWhatWasRetiredAfterItEntered() {
    long early = epochs.enter();
    retire("a");
    long late = epochs.enter();
    retire("b");
    epochs.poll();
    assertEquals(List.of(), freed);
    assertEquals(2, epochs.retiredCount());
    epochs.exit(early);
    assertEquals(List.of(), freed);
    epochs.poll();
    assertEquals(List.of("a"), freed);
    long latest = epochs.enter();
    epochs.exit(late);
    epochs.poll();
    assertEquals(List.of("a", "b"), freed);
    retire("c");
    epochs.exit(latest);
    epochs.poll();
    assertEquals(List.of("a", "b", "c"), freed);
  }

  @Test
  void aReaderThatEnteredLaterKeepsNothing() {
    long early = epochs.enter();
    retire("a");
    long late = epochs.enter();
    epochs.exit(early);
    epochs.poll();
    assertEquals(List.of("a"), freed);
    epochs.exit(late);
  }

  @Test
  void aReaderThatWasTooLateCountsForNothing() {
    long stale = epochs.current();
    retire("a");
    assertTrue(epochs.current() > stale);
    assertEquals(Epochs.STALE, epochs.tryEnter(stale));
    retire("b");
    retire("c");
    assertEquals(List.of("a", "b", "c"), freed);
    long token = epochs.tryEnter(epochs.current());
    retire("d");
    assertEquals(3, freed.size());
    epochs.exit(token);
  }

  @Test
  void aReadMayEndOnAnotherThread() throws Exception {
    long token = epochs.enter();
    retire("a");
    Thread.ofVirtual().start(() -> epochs.exit(token)).join();
    epochs.poll();
    assertEquals(List.of("a"), freed);
  }

  @Test
  void aReadThatEndedElsewhereIsNoneWhenItsThreadReadsAgain() throws Exception {
    long first = epochs.enter();
    Thread.ofPlatform().start(() -> epochs.exit(first)).join();
    long second = epochs.enter();
    retire("a");
    assertEquals(List.of(), freed);
    epochs.exit(second);
    epochs.poll();
    assertEquals(List.of("a"), freed);
  }

  @Test
  void threadsThatHaveEndedLeaveTheirPlaceToOthers() throws Exception {
    for (int i = 0; i < 300; i++) {
      Thread thread = Thread.ofPlatform().start(() -> epochs.exit(epochs.enter()));
      thread.join();
    }
    long[] kept = new long[1];
    Thread.ofPlatform().start(() -> kept[0] = epochs.enter()).join();
    retire("a");
    assertEquals(List.of(), freed);
    epochs.exit(kept[0]);
    epochs.poll();
    assertEquals(List.of("a"), freed);
    assertTrue(Epochs.isOwned(kept[0]));
  }

  @Test
  void aFailingActionKeepsNoOtherBack() {
    long token = epochs.enter();
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException second = new IllegalStateException("second");
    for (IllegalStateException failure : List.of(first, second)) {
      epochs.retire(
          () -> {
            throw failure;
          });
    }
    retire("a");
    epochs.exit(token);
    assertSame(first, assertThrows(IllegalStateException.class, epochs::poll));
    assertSame(second, first.getSuppressed()[0]);
    assertEquals(List.of("a"), freed);
  }

  @Test
  void anActionMayRetireMore() {
    long token = epochs.enter();
    epochs.retire(() -> retire("inner"));
    epochs.exit(token);
    epochs.poll();
    epochs.poll();
    assertEquals(List.of("inner"), freed);
  }

  @Test
  void closingWaitsForReaders() throws Exception {
    long token = epochs.enter();
    retire("a");
    assertFalse(epochs.close(0));
    assertFalse(epochs.close(1_000_000));
    assertEquals(List.of(), freed);
    assertThrows(StorageException.Closed.class, epochs::enter);
    retire("b");
    Thread closer = Thread.ofPlatform().start(epochs::close);
    closer.interrupt();
    Thread.sleep(5);
    assertTrue(closer.isAlive());
    epochs.exit(token);
    closer.join();
    assertEquals(List.of("a", "b"), freed);
    retire("c");
    assertEquals(List.of("a", "b", "c"), freed);
    assertTrue(epochs.close(0));
  }

  @Test
  void nothingGoesWhileItIsSeenUnderManyThreads() throws Exception {
    AtomicReference<AtomicBoolean> root = new AtomicReference<>(new AtomicBoolean(true));
    AtomicReference<String> failure = new AtomicReference<>();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger freedCount = new AtomicInteger();
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Runnable reading = () -> readUntil(stop, root, failure);
      readers.add(
          i % 3 == 0 ? Thread.ofVirtual().start(reading) : Thread.ofPlatform().start(reading));
    }
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      writers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < 20_000; n++) {
                      AtomicBoolean old = root.getAndSet(new AtomicBoolean(true));
                      epochs.retire(
                          () -> {
                            old.setPlain(false);
                            freedCount.incrementAndGet();
                          });
                    }
                  }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    stop.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertNull(failure.get());
    epochs.close();
    assertEquals(40_000, freedCount.get());
  }

  private void readUntil(
      AtomicBoolean stop, AtomicReference<AtomicBoolean> root, AtomicReference<String> failure) {
    int rounds = 0;
    while (!stop.get()) {
      long token = epochs.enter();
      AtomicBoolean seen = root.get();
      for (int i = 0; i < 5; i++) {
        if (!seen.get()) {
          failure.set("a reader saw what was freed");
        }
        if (++rounds % 64 == 0) {
          LockSupport.parkNanos(1_000);
        }
      }
      epochs.exit(token);
    }
  }
}
