package dev.plinth.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

final class PermutationTest {
  @Test
  void everyNumberOccursOnce() {
    for (int count : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 100, 1_000, 4_096, 65_537}) {
      for (long seed = 1; seed <= 5; seed++) {
        Permutation permutation = new Permutation(count, seed);
        BitSet seen = new BitSet();
        for (int i = 0; i < count; i++) {
          long number = permutation.at(i);
          assertTrue(number >= 0 && number < count);
          seen.set((int) number);
        }
        assertEquals(count, seen.cardinality());
      }
    }
  }

  @Test
  void theOrderIsShuffledAndDecidedByTheSeed() {
    Permutation first = new Permutation(10_000, 1);
    Permutation again = new Permutation(10_000, 1);
    Permutation other = new Permutation(10_000, 2);
    int ascents = 0;
    int same = 0;
    for (int i = 1; i < 10_000; i++) {
      assertEquals(first.at(i), again.at(i));
      ascents += first.at(i) > first.at(i - 1) ? 1 : 0;
      same += first.at(i) == other.at(i) ? 1 : 0;
    }
    assertTrue(ascents > 4_500 && ascents < 5_500, "ascents: " + ascents);
    assertTrue(same < 50, "equal places: " + same);
    assertNotEquals(first.at(0), other.at(0));
  }

  @Test
  void anImpossibleCountIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Permutation(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Permutation(Long.MAX_VALUE, 1));
  }
}
