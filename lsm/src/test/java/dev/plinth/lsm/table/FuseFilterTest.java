package dev.plinth.lsm.table;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class FuseFilterTest {
  @Test
  void holdsEveryKeyAndFewOthers() {
    for (int count : new int[] {1, 2, 3, 10, 100, 1000, 30_000}) {
      long[] hashes = new Random(count).longs(count).toArray();
      FuseFilter.Built built = requireNonNull(FuseFilter.build(memory(hashes)));
      for (long hash : hashes) {
        assertTrue(holds(built, hash), count + " keys");
      }
      long passed = new Random(-count).longs(20_000).filter(hash -> holds(built, hash)).count();
      assertTrue(passed < 140, count + " keys, " + passed + " false positives in 20,000");
    }
  }

  @Test
  void manyKeysTakeAboutNineBits() {
    int count = 200_000;
    long[] hashes = new Random(1).longs(count).toArray();
    FuseFilter.Built built = requireNonNull(FuseFilter.build(memory(hashes)));
    double bits = 8.0 * built.slots() / count;
    assertEquals(9.2, bits, 0.5);
  }

  @Test
  void equalHashesAreGivenUp() {
    assertNull(FuseFilter.build(memory(new long[] {5, 5, 7})));
  }

  private static FilterMemory memory(long[] hashes) {
    FilterMemory memory = new FilterMemory();
    for (long hash : hashes) {
      memory.add(hash);
    }
    return memory;
  }

  private static boolean holds(FuseFilter.Built built, long hash) {
    long mixed = FuseFilter.mix(hash, built.seed());
    byte[] slots = built.fingerprints();
    int first = FuseFilter.slot0(mixed, slots.length, built.segmentSlots());
    int sum =
        slots[first]
            ^ slots[FuseFilter.slot1(mixed, first, built.segmentSlots())]
            ^ slots[FuseFilter.slot2(mixed, first, built.segmentSlots())];
    return (byte) sum == FuseFilter.fingerprint(mixed);
  }
}
