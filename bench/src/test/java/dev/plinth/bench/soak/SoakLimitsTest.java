package dev.plinth.bench.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SoakLimitsTest {
  private static final long MIB = 1 << 20;

  @Test
  void aStallIsWhatTheProbeDoesNotExplain() {
    SoakLimits limits = new SoakLimits(100, 0, 0, 0, 0);
    assertEquals(List.of(), limits.exceeded(List.of(slice(150, 60, 10, 10))));
    List<String> exceeded = limits.exceeded(List.of(slice(161, 60, 10, 10)));
    assertEquals(1, exceeded.size());
    assertTrue(exceeded.getFirst().startsWith("a write took 101.0 ms longer"), exceeded.toString());
  }

  @Test
  void theFirstSlicesSayHowMuchThereMayBe() {
    SoakLimits limits = new SoakLimits(100, 0, 0, 0, 0);
    List<SoakSlice> slices = new ArrayList<>();
    for (long mib : new long[] {100, 200, 150, 331}) {
      slices.add(slice(1, 1, mib, 50));
      assertEquals(List.of(), limits.exceeded(slices), mib + " MiB");
    }
    slices.add(slice(1, 1, 333, 50));
    assertEquals(2, limits.exceeded(slices).size(), "heap and off-heap");
    slices.set(4, slice(1, 1, 100, 140));
    assertTrue(limits.exceeded(slices).getFirst().contains("140 descriptors, and 139"));
  }

  @Test
  void aGivenLimitHoldsFromTheStart() {
    SoakLimits limits = new SoakLimits(100, 20 * MIB, 30 * MIB, 40, 15 * MIB);
    assertEquals(List.of(), limits.exceeded(List.of(slice(1, 1, 15, 40))));
    assertEquals(3, limits.exceeded(List.of(slice(1, 1, 25, 41))).size());
    assertEquals(4, limits.exceeded(List.of(slice(1, 1, 31, 41))).size());
  }

  private static SoakSlice slice(double writeMillis, double probeMillis, long mib, long files) {
    long bytes = mib * MIB;
    return new SoakSlice(1, 1, 1, 1, 1, 5, writeMillis, 0, probeMillis, bytes, bytes, files, bytes);
  }
}
