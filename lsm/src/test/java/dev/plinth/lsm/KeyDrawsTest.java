package dev.plinth.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeyDrawsTest {
  private static final int KEYS = 100_000;

  @Test
  void countsDifferentKeysAsDrawingThemDoes() {
    double[] weights = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += Math.pow(i + 1, -0.99);
      weights[i] = sum;
    }
    for (int draws : new int[] {10, 5_000, 300_000}) {
      Random random = new Random(draws);
      BitSet uniform = new BitSet();
      BitSet skewed = new BitSet();
      for (int i = 0; i < draws; i++) {
        uniform.set(random.nextInt(KEYS));
        int at = Arrays.binarySearch(weights, random.nextDouble() * sum);
        skewed.set(at < 0 ? -at - 1 : at);
      }
      near(uniform, new KeyDraws(KeyOrder.UNIFORM).distinct(draws, KEYS));
      near(skewed, new KeyDraws(KeyOrder.ZIPF).distinct(draws, KEYS));
    }
  }

  @Test
  void ascendingKeysAreDifferentUntilTheyBeginAgain() {
    KeyDraws draws = new KeyDraws(KeyOrder.SEQUENTIAL);
    assertEquals(70, draws.distinct(70, 100));
    assertEquals(100, draws.distinct(170, 100));
    assertEquals(0, draws.distinct(0, 100));
  }

  private static void near(BitSet drawn, double expected) {
    assertEquals(1, drawn.cardinality() / expected, drawn.cardinality() < 100 ? 0.3 : 0.03);
  }
}
