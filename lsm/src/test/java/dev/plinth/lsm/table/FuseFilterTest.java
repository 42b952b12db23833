package dev.plinth.lsm.table;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class FuseFilterTest {
  private final AtomicLong held = new AtomicLong();

  @Test
  void holdsEveryKeyAndFewOthers() {
    for (int count : new int[] {1, 2, 3, 10, 100, 1000, 30_000}) {
      long[] hashes = new Random(count).longs(count).toArray();
      try (FilterMemory memory = memory(hashes)) {
        FuseFilter.Built built = requireNonNull(FuseFilter.build(memory));
        for (long hash : hashes) {
          assertTrue(holds(built, hash), count + " keys");
        }
        long passed = new Random(-count).longs(20_000).filter(hash -> holds(built, hash)).count();
        assertTrue(passed < 140, count + " keys, " + passed + " false positives in 20,000");
      }
    }
  }

  @Test
  void manyKeysTakeAboutNineBits() {
    int count = 200_000;
    try (FilterMemory memory = memory(new Random(1).longs(count).toArray())) {
      FuseFilter.Built built = requireNonNull(FuseFilter.build(memory));
      double bits = 8.0 * built.slots() / count;
      assertEquals(9.2, bits, 0.5);
    }
  }

  @Test
  void equalHashesAreGivenUp() {
    try (FilterMemory memory = memory(new long[] {5, 5, 7})) {
      assertNull(FuseFilter.build(memory));
    }
  }

  @Test
  void buildingTakesBoundedMemoryAndGivesItBack() {
    int count = 300_000;
    try (FilterMemory memory = memory(new Random(2).longs(count).toArray())) {
      long hashes = held.get();
      assertTrue(hashes >= 8L * count && hashes <= 16L * count, hashes + " bytes of hashes");
      requireNonNull(FuseFilter.build(memory));
      long building = held.get() - hashes;
      assertTrue(building <= 26L * count, building + " bytes to build");
      memory.endFuse();
      assertEquals(hashes, held.get());
      memory.clear();
      memory.add(1);
      assertEquals(hashes, held.get());
      assertEquals(1, memory.count());
    }
    assertEquals(0, held.get());
  }

  private FilterMemory memory(long[] hashes) {
    FilterMemory memory = new FilterMemory(held);
    for (long hash : hashes) {
      memory.add(hash);
    }
    return memory;
  }

  private static boolean holds(FuseFilter.Built built, long hash) {
    long mixed = FuseFilter.mix(hash, built.seed());
    int first = FuseFilter.slot0(mixed, built.slots(), built.segmentSlots());
    int sum =
        fingerprint(built, first)
            ^ fingerprint(built, FuseFilter.slot1(mixed, first, built.segmentSlots()))
            ^ fingerprint(built, FuseFilter.slot2(mixed, first, built.segmentSlots()));
    return (byte) sum == FuseFilter.fingerprint(mixed);
  }

  private static byte fingerprint(FuseFilter.Built built, int slot) {
    return built.fingerprints().get(ValueLayout.JAVA_BYTE, slot);
  }
}
