package dev.plinth.kit.durability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DurabilityListenersTest {
  private final StorageException broken = new StorageException.Io("broken", null);

  /// Writes down what it is told, and can be held up.
  private static class Notes implements DurabilityListener {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    final Semaphore go = new Semaphore(Integer.MAX_VALUE);

    @Override
    public void durable(long sequence) {
      told.add(Thread.currentThread().getName() + " " + sequence);
      go.acquireUninterruptibly();
    }

    @Override
    public void failed(StorageException cause) {
      told.add("failed " + cause.getMessage());
    }

    String next() throws InterruptedException {
      String next = told.poll(20, TimeUnit.SECONDS);
      return next == null ? "nothing" : next;
    }
  }

  private final DurabilityListeners listeners = new DurabilityListeners("btree");
  private final Notes notes = new Notes();

  @Test
  void tellsWhatBecomesDurableFromNowOn() throws Exception {
    listeners.durable(5);
    listeners.add(notes);
    listeners.durable(5);
    listeners.durable(7);
    assertEquals("plinth-btree-durable 7", notes.next());
    listeners.durable(6);
    listeners.durable(9);
    assertEquals("plinth-btree-durable 9", notes.next());
    listeners.close();
    listeners.close();
    assertTrue(notes.told.isEmpty());
    assertThrows(StorageException.Closed.class, () -> listeners.add(notes));
  }

  @Test
  void numbersThatComeMeanwhileAreToldAsOne() throws Exception {
    notes.go.drainPermits();
    listeners.add(notes);
    listeners.durable(1);
    assertEquals("plinth-btree-durable 1", notes.next());
    for (int i = 2; i <= 100; i++) {
      listeners.durable(i);
    }
    notes.go.release(10);
    assertEquals("plinth-btree-durable 100", notes.next());
    listeners.close();
    assertTrue(notes.told.isEmpty());
  }

  @Test
  void aFailureIsToldOnceAfterWhatWasDurable() throws Exception {
    notes.go.drainPermits();
    listeners.add(notes);
    listeners.durable(1);
    assertEquals("plinth-btree-durable 1", notes.next());
    listeners.durable(2);
    listeners.failed(broken);
    listeners.failed(new StorageException.Io("again", null));
    listeners.durable(3);
    notes.go.release(10);
    assertEquals("plinth-btree-durable 2", notes.next());
    assertEquals("failed broken", notes.next());
    Notes late = new Notes();
    listeners.add(late);
    assertEquals("failed broken", late.next());
    listeners.close();
    assertTrue(notes.told.isEmpty());
    assertTrue(late.told.isEmpty());
  }

  @Test
  void whatListenersThrowStopsNobody() throws Exception {
    listeners.add(
        new DurabilityListener() {
          @Override
          public void durable(long sequence) {
            throw new IllegalStateException("a careless listener");
          }

          @Override
          public void failed(StorageException cause) {
            throw new AssertionError("a careless listener");
          }
        });
    listeners.add(notes);
    listeners.durable(1);
    assertEquals("plinth-btree-durable 1", notes.next());
    listeners.durable(2);
    assertEquals("plinth-btree-durable 2", notes.next());
    listeners.failed(broken);
    assertEquals("failed broken", notes.next());
    listeners.close();
  }

  @Test
  void noCallBeginsAfterARegistrationEnded() throws Exception {
    notes.go.drainPermits();
    Engine.Registration registration = listeners.add(notes);
    listeners.durable(1);
    assertEquals("plinth-btree-durable 1", notes.next());
    Thread ending = Thread.ofVirtual().start(registration::close);
    assertTrue(!ending.join(Duration.ofMillis(10)), "it must wait for the call");
    notes.go.release(10);
    ending.join();
    Notes other = new Notes();
    listeners.add(other);
    listeners.durable(2);
    assertEquals("plinth-btree-durable 2", other.next());
    registration.close();
    listeners.close();
    assertTrue(notes.told.isEmpty());
  }

  @Test
  void aListenerMayEndItsRegistrationAndCloseTheRest() throws Exception {
    AtomicReference<Engine.Registration> own = new AtomicReference<>();
    List<Long> told = new ArrayList<>();
    Semaphore done = new Semaphore(0);
    own.set(
        listeners.add(
            new DurabilityListener() {
              @Override
              public void durable(long sequence) {
                told.add(sequence);
                own.get().close();
                listeners.close();
                done.release();
              }

              @Override
              public void failed(StorageException cause) {
                told.add(-1L);
              }
            }));
    listeners.durable(1);
    done.acquire();
    listeners.close();
    assertEquals(List.of(1L), told);
  }

  @Test
  void closingTellsTheRestAndAnInterruptDoesNotHurryIt() {
    listeners.add(notes);
    for (int i = 1; i <= 1_000; i++) {
      listeners.durable(i);
    }
    Thread.currentThread().interrupt();
    listeners.close();
    assertTrue(Thread.interrupted());
    List<String> told = List.copyOf(notes.told);
    assertEquals("plinth-btree-durable 1000", told.getLast());
  }

  @Test
  void withoutListenersNothingRuns() {
    listeners.durable(1);
    listeners.failed(broken);
    listeners.close();
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().equals("plinth-btree-durable")));
  }
}
