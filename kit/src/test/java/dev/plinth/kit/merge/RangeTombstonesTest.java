package dev.plinth.kit.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RangeTombstonesTest {
  @Test
  void coversWhatTheRangesCover() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<RangeTombstone> ranges = randomRanges(random);
      RangeTombstones fragments = RangeTombstones.of(ranges);
      List<RangeTombstone> half = ranges.subList(0, ranges.size() / 2);
      List<RangeTombstone> rest = ranges.subList(ranges.size() / 2, ranges.size());
      RangeTombstones merged =
          RangeTombstones.merge(List.of(RangeTombstones.of(half), RangeTombstones.of(rest)));
      for (int i = 0; i < 200; i++) {
        byte[] key = randomKey(random, 1);
        long sequence = random.nextInt(60);
        long expected = covering(ranges, key, sequence);
        MemorySegment segment = MemorySegment.ofArray(key);
        assertEquals(
            expected, fragments.covering(segment, 0, key.length, sequence), "seed " + seed);
        assertEquals(expected, merged.covering(segment, 0, key.length, sequence), "seed " + seed);
        checkFragment(fragments, segment, key.length);
      }
      assertEquals(
          RangeTombstones.of(fragments.ranges()).ranges().size(), fragments.ranges().size());
    }
  }

  @Test
  void nothingCoversNothing() {
    MemorySegment key = MemorySegment.ofArray(new byte[] {1});
    assertTrue(RangeTombstones.EMPTY.isEmpty());
    assertEquals(RangeTombstones.NONE, RangeTombstones.EMPTY.covering(key, 0, 1, Long.MAX_VALUE));
    assertTrue(RangeTombstones.merge(List.of()).isEmpty());
  }

  private static void checkFragment(RangeTombstones fragments, MemorySegment key, int length) {
    int at = fragments.locate(key, 0, length);
    if (at >= 0 && at < fragments.fragments()) {
      assertTrue(!fragments.isBefore(at, key, 0, length));
      assertTrue(!fragments.isBehind(at, key, 0, length));
    }
    if (at > 0) {
      assertTrue(fragments.isBehind(at - 1, key, 0, length));
    }
  }

  private static long covering(List<RangeTombstone> ranges, byte[] key, long sequence) {
    return ranges.stream()
        .filter(r -> r.sequence() <= sequence)
        .filter(r -> Arrays.compareUnsigned(r.from(), key) <= 0)
        .filter(r -> r.to() == null || Arrays.compareUnsigned(key, r.to()) < 0)
        .mapToLong(RangeTombstone::sequence)
        .max()
        .orElse(RangeTombstones.NONE);
  }

  private static List<RangeTombstone> randomRanges(Random random) {
    List<RangeTombstone> ranges = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      byte[] from = randomKey(random, 0);
      byte[] to = random.nextInt(6) == 0 ? null : randomKey(random, 1);
      if (to == null || Arrays.compareUnsigned(from, to) < 0) {
        ranges.add(new RangeTombstone(from, to, 1 + random.nextInt(50)));
      }
    }
    return ranges;
  }

  private static byte[] randomKey(Random random, int least) {
    byte[] key = new byte[least + random.nextInt(3)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(6) * 50);
    }
    return key;
  }
}
