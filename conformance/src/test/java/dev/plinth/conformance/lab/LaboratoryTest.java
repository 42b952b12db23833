package dev.plinth.conformance.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.toy.ToyProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaboratoryTest {
  private static final Map<Layer, Duration> SHARES =
      Map.of(
          Layer.HISTORY, Duration.ofSeconds(1),
          Layer.CRASH, Duration.ofSeconds(2),
          Layer.FAULT, Duration.ofSeconds(2),
          Layer.DAMAGE, Duration.ofSeconds(1));

  private static Tally tryOut(Map<String, String> options) {
    EngineSubject subject =
        new EngineSubject(new EngineUnderTest(new ToyProvider(), options), false);
    Tally tally = Laboratory.budgeted(subject, SHARES, 1);
    System.out.println("lab quick " + subject + ": " + tally);
    Laboratory.print(tally.failures(), System.out);
    return tally;
  }

  @Test
  void anHonestEnginePasses() {
    Tally tally = tryOut(Map.of());
    assertEquals(List.of(), tally.failures());
    assertTrue(tally.count("crash states") > 100, tally.toString());
    assertTrue(tally.count("fault runs") > 20, tally.toString());
    assertTrue(tally.count("damages reported") > 20, tally.toString());
  }

  @Test
  void anHonestEngineWithoutLogPasses() {
    assertEquals(List.of(), tryOut(Map.of("wal", "off")).failures());
  }
}
