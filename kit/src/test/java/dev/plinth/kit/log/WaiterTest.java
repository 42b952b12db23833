package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WaiterTest {
  private final Waiter.Queue queue = new Waiter.Queue();

  private static Waiter virtual(long target) throws InterruptedException {
    List<Waiter> made = new ArrayList<>();
    Thread.ofVirtual().start(() -> made.add(new Waiter(target))).join();
    return made.getFirst();
  }

  @Test
  void aQueueDoesWhatAListDoes() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(5);
    List<Waiter> model = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          long target = random.nextInt(100);
          Waiter waiter = random.nextInt(4) == 0 ? virtual(target) : new Waiter(target);
          queue.add(waiter);
          model.add(waiter);
        }
        case 2 -> {
          Waiter one = model.isEmpty() ? new Waiter(1) : model.get(random.nextInt(model.size()));
          assertEquals(model.remove(one), queue.remove(one));
          assertFalse(queue.remove(one));
        }
        case 3 -> {
          Waiter first = model.stream().filter(w -> !w.isVirtual()).findFirst().orElse(null);
          assertSame(first, queue.takePlatform());
          model.remove(first);
        }
        default -> {
          long position = random.nextInt(30);
          List<Waiter> reached = model.stream().filter(w -> w.target <= position).toList();
          assertEquals(reached, chain(queue.takeReached(position)));
          model.removeAll(reached);
        }
      }
      assertEquals(model.stream().filter(w -> !w.isVirtual()).count(), queue.platformCount());
    }
    assertFalse(model.isEmpty());
    assertEquals(model, chain(queue.takeAll()));
    assertNull(queue.takeAll());
    assertEquals(0, queue.platformCount());
  }

  private static List<Waiter> chain(Waiter first) {
    List<Waiter> chain = new ArrayList<>();
    for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
      chain.add(waiter);
    }
    return chain;
  }

  @Test
  void aWaitWithATimeEndsAndKeepsTheInterrupt() {
    Waiter waiter = new Waiter(1);
    Thread.currentThread().interrupt();
    assertEquals(Waiter.WAITING, waiter.await(1_000_000));
    assertTrue(Thread.interrupted());
    queue.add(waiter);
    Waiter.wakeAll(queue.takeReached(1));
    assertEquals(Waiter.DONE, waiter.await(Long.MAX_VALUE));
    waiter.reset();
    queue.add(waiter);
    Waiter.wakeAll(queue.takeAll());
    assertEquals(Waiter.CALLED, waiter.await());
  }
}
