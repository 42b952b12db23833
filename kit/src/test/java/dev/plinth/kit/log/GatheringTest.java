package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class GatheringTest {
  private static final long SYNC = 100_000;

  private final Gathering gathering = new Gathering();

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
      gathering.missed();
      assertEquals(0, gathering.nanos(1, 0));
      for (int i = 0; i < 1 << misses; i++) {
        gathering.ended(4, SYNC, 0);
        assertEquals(0, gathering.nanos(1, 0), "after " + misses + " misses, sync " + i);
      }
      gathering.ended(4, SYNC, 0);
      assertEquals(2 * SYNC, gathering.nanos(1, 0));
    }
    assertEquals(0, gathering.nanos(4, 0));
    gathering.missed();
    gathering.ended(4, SYNC, 0);
    gathering.ended(4, SYNC, 0);
    gathering.ended(4, SYNC, 0);
    assertEquals(2 * SYNC, gathering.nanos(1, 0));
  }
}
