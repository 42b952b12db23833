package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Sorting by eight bytes and by whole keys, against a sorted map.
class EntrySortTest {
  private final List<byte[]> keys = new ArrayList<>();

  private final SortedView.KeyReader reader =
      new SortedView.KeyReader() {
        @Override
        public int compare(long word, MemorySegment key, long offset, int length) {
          throw new IllegalStateException("no key in memory is asked for");
        }

        @Override
        public int compare(long a, long b) {
          return Arrays.compareUnsigned(keys.get((int) a), keys.get((int) b));
        }
      };

  @Test
  void sortsByKeyAndKeepsTheFirstOfEqualOnes() {
    SplittableRandom random = new SplittableRandom(3);
    for (int count : new int[] {0, 1, 2, 100, 2_048, 2_049, 30_000}) {
      for (int range : new int[] {1, 40, 1 << 20}) {
        keys.clear();
        TreeMap<byte[], Long> expected = new TreeMap<>(Arrays::compareUnsigned);
        for (long i = 0; i < count; i++) {
          byte[] key = key(random, range);
          keys.add(key);
          expected.putIfAbsent(key, i);
        }
        assertEquals(List.copyOf(expected.values()), sorted(count));
      }
    }
  }

  /// Up to eight bytes of few values, then a tail that only the whole key tells.
  private static byte[] key(SplittableRandom random, int range) {
    byte[] key = new byte[1 + random.nextInt(11)];
    long number = random.nextInt(range) * 0x9e3779b97f4a7c15L;
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i < 8 ? number >>> (56 - 8 * i) : random.nextInt(3));
    }
    return key;
  }

  private List<Long> sorted(int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate(Math.max(1, count) * 16L, 8);
      for (int i = 0; i < count; i++) {
        byte[] key = keys.get(i);
        entries.setAtIndex(
            ValueLayout.JAVA_LONG, 2L * i, Keys.prefix(MemorySegment.ofArray(key), 0, key.length));
        entries.setAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1, i);
      }
      MemorySegment spare = arena.allocate(Math.max(1, count) * 16L, 8);
      long left = EntrySort.byKey(entries, spare, count, reader);
      List<Long> words = new ArrayList<>();
      for (long i = 0; i < left; i++) {
        words.add(entries.getAtIndex(ValueLayout.JAVA_LONG, 2 * i + 1));
      }
      return words;
    }
  }

  @Test
  void sortsByNumberUnsigned() {
    SplittableRandom random = new SplittableRandom(4);
    try (Arena arena = Arena.ofConfined()) {
      int count = 5_000;
      MemorySegment entries = arena.allocate(count * 16L, 8);
      for (int i = 0; i < count; i++) {
        long number = i % 7 == 0 ? random.nextLong() : random.nextInt(100);
        entries.setAtIndex(ValueLayout.JAVA_LONG, 2L * i, number);
        entries.setAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1, ~number);
      }
      EntrySort.byNumber(entries, arena.allocate(count * 16L, 8), count);
      long before = 0;
      for (int i = 0; i < count; i++) {
        long number = entries.getAtIndex(ValueLayout.JAVA_LONG, 2L * i);
        assertEquals(~number, entries.getAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1));
        assertTrue(Long.compareUnsigned(before, number) <= 0);
        before = number;
      }
    }
  }

  @Test
  void prefixesTellOtherPlaces() {
    byte[] key = "abcdefghijklmno".getBytes(StandardCharsets.US_ASCII);
    MemorySegment memory = MemorySegment.ofArray(key);
    for (int shared = 0; shared <= key.length; shared++) {
      OrderedPrefixes known = new OrderedPrefixes(Arrays.copyOf(key, shared), key.length);
      long prefix = SortedView.prefix(memory, 0, key.length, shared);
      for (int place = 0; place <= key.length; place++) {
        assertEquals(place <= shared || shared >= key.length - 8, known.tell(place));
        if (known.tell(place)) {
          assertEquals(SortedView.prefix(memory, 0, key.length, place), known.at(place, prefix));
        }
      }
    }
  }
}
