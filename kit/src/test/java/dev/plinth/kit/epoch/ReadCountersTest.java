package dev.plinth.kit.epoch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadCountersTest {
  private static final int ROUNDS = 20_000;

  @Test
  void nothingIsLostUnderManyThreads() throws Exception {
    Epochs epochs = new Epochs();
    ReadCounters counters = new ReadCounters(2);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      Runnable reading =
          () -> {
            for (int n = 0; n < ROUNDS / 10; n++) {
              long token = epochs.enter();
              counters.add(token, 0, 1);
              counters.add(token, 1, 3);
              epochs.exit(token);
            }
          };
      threads.add(
          i % 3 == 0 ? Thread.ofVirtual().start(reading) : Thread.ofPlatform().start(reading));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(90L * ROUNDS / 10, counters.sum(0));
    assertEquals(270L * ROUNDS / 10, counters.sum(1));
    epochs.close();
  }

  @Test
  void takesOneToSixteenKinds() {
    assertThrows(IllegalArgumentException.class, () -> new ReadCounters(0));
    assertThrows(IllegalArgumentException.class, () -> new ReadCounters(17));
    assertEquals(0, new ReadCounters(16).sum(15));
  }
}
