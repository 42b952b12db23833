package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class GatheringTest {
  private static final long SYNC = 100_000;

  private final Gathering gathering = new Gathering();
  private final Waiter.Queue waiters = new Waiter.Queue();

  /// Somebody's time is over, and nobody syncs.
  private void miss() {
    Waiter waiter = new Waiter(1);
    waiters.add(waiter);
    assertTrue(gathering.givesUp(waiter, waiters, false));
  }

  @Test
  void oneCallerNeverWaits() {
    assertEquals(0, gathering.nanos(1, 0));
    gathering.ended(1, SYNC, 1000);
    assertEquals(0, gathering.nanos(1, 1000));
  }

  @Test
  void theFirstOnesWaitForTheRestAsLongAsTwoSyncs() {
    gathering.ended(4, SYNC, 1000);
    assertEquals(2 * SYNC, gathering.nanos(1, 1000));
    assertEquals(2 * SYNC - 600, gathering.nanos(3, 1600));
    assertEquals(0, gathering.nanos(4, 1700));
    assertEquals(0, gathering.nanos(1, 1000 + 2 * SYNC));
  }

  @Test
  void aSlowDiskDoesNotMakeItWaitForLong() {
    gathering.ended(2, 50_000_000, 0);
    assertEquals(1_000_000, gathering.nanos(1, 0));
  }

  @Test
  void manyCallersAreNotWaitedFor() {
    gathering.ended(9, SYNC, 0);
    assertEquals(0, gathering.nanos(1, 0));
  }

  @Test
  void whoWaitedInVainWaitsLessAndLessOften() {
    gathering.ended(4, SYNC, 0);
    for (int misses = 1; misses <= 3; misses++) {
      miss();
      assertEquals(0, gathering.nanos(1, 0));
      for (int i = 0; i < 1 << misses; i++) {
        gathering.ended(4, SYNC, 0);
        assertEquals(0, gathering.nanos(1, 0), "after " + misses + " misses, sync " + i);
      }
      gathering.ended(4, SYNC, 0);
      assertEquals(2 * SYNC, gathering.nanos(1, 0));
    }
    assertEquals(0, gathering.nanos(4, 0));
    miss();
    gathering.ended(4, SYNC, 0);
    gathering.ended(4, SYNC, 0);
    gathering.ended(4, SYNC, 0);
    assertEquals(2 * SYNC, gathering.nanos(1, 0));
  }

  @Test
  void whoseTimeEndsDuringASyncDidNotWaitInVain() {
    Waiter waiter = new Waiter(1);
    waiters.add(waiter);
    gathering.ended(2, SYNC, 0);
    assertFalse(gathering.givesUp(waiter, waiters, true));
    assertEquals(1, waiters.platformCount());
    gathering.ended(2, SYNC, 0);
    assertEquals(2 * SYNC, gathering.nanos(1, 0));
    assertTrue(gathering.givesUp(waiter, waiters, false));
    assertEquals(0, waiters.platformCount());
    assertEquals(0, gathering.nanos(1, 0));
  }

  @Test
  void whoWasCalledBeforeDidNotWaitInVain() {
    Waiter waiter = new Waiter(1);
    waiters.add(waiter);
    gathering.ended(2, SYNC, 0);
    Waiter.wakeAll(waiters.takeReached(1));
    assertFalse(gathering.givesUp(waiter, waiters, false));
    assertEquals(2 * SYNC, gathering.nanos(1, 0));
  }
}
