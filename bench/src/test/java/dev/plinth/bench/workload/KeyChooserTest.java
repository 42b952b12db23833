package dev.plinth.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.workload.KeyChooser.Range;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KeyChooserTest {
  private static final int COUNT = 1_000;
  private static final int DRAWS = 200_000;

  @Test
  void uniformKeysAreAllAlike() {
    Map<Long, Integer> hits = draw(KeyOrder.UNIFORM, new Range(500, COUNT));
    assertEquals(COUNT, hits.size());
    hits.values().forEach(count -> assertTrue(count > 100 && count < 320, "hits: " + count));
  }

  @Test
  void zipfPrefersFewKeysByItsLaw() {
    Map<Long, Integer> hits = draw(KeyOrder.ZIPF, new Range(500, COUNT));
    int most = hits.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    double zeta = 0;
    for (int i = 1; i <= COUNT; i++) {
      zeta += 1 / Math.pow(i, 0.99);
    }
    assertEquals(DRAWS / zeta, most, DRAWS / zeta * 0.03);
  }

  @Test
  void latestPrefersTheEndOfTheLoad() {
    Permutation loaded = new Permutation(COUNT, 3);
    Map<Long, Integer> hits = draw(KeyOrder.LATEST, new Range(0, COUNT));
    int newest = hits.get(loaded.at(COUNT - 1));
    assertEquals(hits.values().stream().mapToInt(Integer::intValue).max().orElseThrow(), newest);
  }

  @Test
  void sequentialKeysComeRoundAgain() {
    Range range = new Range(7, 3);
    KeyChooser chooser =
        KeyChooser.of(KeyOrder.SEQUENTIAL, range, new Dice(1, 1), null, new Permutation(3, 1));
    long[] drawn = new long[5];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = chooser.next();
    }
    org.junit.jupiter.api.Assertions.assertArrayEquals(new long[] {7, 8, 9, 7, 8}, drawn);
  }

  @Test
  void sharesCoverEverythingOnce() {
    for (int threads : new int[] {1, 2, 3, 7, 64}) {
      long next = 0;
      for (int thread = 0; thread < threads; thread++) {
        Range share = Range.share(COUNT, thread, threads);
        assertEquals(next, share.from());
        next += share.count();
      }
      assertEquals(COUNT, next);
    }
  }

  @Test
  void skewNeedsRanks() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            KeyChooser.of(
                KeyOrder.ZIPF, new Range(0, 9), new Dice(1, 1), null, new Permutation(9, 1)));
  }

  private static Map<Long, Integer> draw(KeyOrder order, Range range) {
    KeyChooser chooser =
        KeyChooser.of(order, range, new Dice(1, 1), new Zipf(COUNT), new Permutation(COUNT, 3));
    Map<Long, Integer> hits = new HashMap<>();
    for (int i = 0; i < DRAWS; i++) {
      long key = chooser.next();
      assertTrue(key >= range.from() && key < range.from() + range.count());
      hits.merge(key, 1, Integer::sum);
    }
    return hits;
  }
}
