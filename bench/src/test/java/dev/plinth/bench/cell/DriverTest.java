package dev.plinth.bench.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

final class DriverTest {
  private static final long MILLI = 1_000_000;

  /// Sleeps once, in its tenth step.
  private static final class Stalling extends Worker {
    private int step;

    Stalling(int steps) {
      super(steps, 1);
    }

    @Override
    void step() {
      if (++step == 10) {
        sleep(300);
      }
    }

    static void sleep(long millis) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// Fails in its first step.
  private static final class Failing extends Worker {
    Failing() {
      super(5, 1);
    }

    @Override
    void step() {
      throw new WrongAnswerException("wrong");
    }
  }

  @Test
  void atAFixedRateAStallCountsForAllThatItHeldUp() throws InterruptedException {
    Driver.Outcome outcome =
        new Driver(List.of(new Stalling(200)), false, 1, MILLI, new Progress(1)).run();
    Histogram latency = outcome.histogram();
    assertEquals(200, latency.getTotalCount());
    assertTrue(latency.getValueAtPercentile(90) > 100 * MILLI, "190 steps were due meanwhile");
    Histogram service = outcome.service();
    assertTrue(service.getValueAtPercentile(90) < latency.getValueAtPercentile(90));
    assertTrue(outcome.longestStallNanos() >= 290 * MILLI);
  }

  @Test
  void aClosedLoopHidesIt() throws InterruptedException {
    Driver.Outcome outcome =
        new Driver(List.of(new Stalling(200)), false, 1, 0, new Progress(1)).run();
    assertTrue(outcome.histogram().getValueAtPercentile(90) < 100 * MILLI);
    assertTrue(outcome.longestStallNanos() >= 290 * MILLI, "the stall is told all the same");
    assertEquals(0, outcome.service().getTotalCount());
  }

  @Test
  void aFailureEndsAllWorkers() {
    Driver driver =
        new Driver(List.of(new Failing(), new Stalling(1_000)), false, 1, MILLI, new Progress(2));
    assertThrows(WrongAnswerException.class, driver::run);
  }
}
