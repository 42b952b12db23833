package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The index against a hash map. A key is a number; its "record" stands at that offset.
class KeyIndexTest {
  private static final KeyIndex.Matcher BY_OFFSET =
      (word, key, offset, length) -> (Slots.offset(word) >>> 3) == key.get(Layouts.LONG, offset);

  private final MemorySegment key = MemorySegment.ofArray(new byte[8]);

  private long hash(long number) {
    key.set(Layouts.LONG, 0, number);
    return KeyHash.of(key, 0, 8);
  }

  @Test
  void findsWhatAMapFindsWhileItGrowsAndShrinks() {
    SplittableRandom random = new SplittableRandom(1);
    Map<Long, Long> model = new HashMap<>();
    try (KeyIndex index = new KeyIndex(BY_OFFSET, Runnable::run)) {
      for (int i = 0; i < 400_000; i++) {
        long number = random.nextInt(100_000);
        long hash = hash(number);
        long word = Slots.word(hash, 1, number << 3 | random.nextInt(8));
        long before = index.writer().probe(hash, key, 0, 8);
        assertEquals(model.getOrDefault(number, Slots.EMPTY), before);
        boolean shrinking = i / 100_000 % 2 == 1;
        if (before == Slots.EMPTY && !shrinking) {
          index.writer().put(word);
          model.put(number, word);
        } else if (before != Slots.EMPTY && (shrinking || random.nextInt(4) == 0)) {
          index.writer().remove();
          model.remove(number);
        } else if (before != Slots.EMPTY) {
          index.writer().replace(word);
          model.put(number, word);
        }
      }
      assertEquals(model.size(), index.size());
      for (long number = 0; number < 100_000; number++) {
        long word = index.find(hash(number), key, 0, 8);
        assertEquals(model.getOrDefault(number, Slots.EMPTY), word);
      }
    }
  }

  @Test
  void aWalkShowsEveryKeyOnce() {
    try (KeyIndex index = new KeyIndex(BY_OFFSET, Runnable::run)) {
      fill(index, 50_000);
      Map<Long, Integer> seen = new HashMap<>();
      for (IndexPart part = index.partAt(0);
          part != null;
          part = index.partAt(KeyIndex.behind(part))) {
        KeyIndex.forEach(part, word -> seen.merge(Slots.offset(word) >>> 3, 1, Integer::sum));
      }
      assertEquals(50_000, seen.size());
      assertTrue(seen.values().stream().allMatch(count -> count == 1));
      index.removeIf(word -> (Slots.offset(word) >>> 3) % 2 == 0);
      assertEquals(25_000, index.size());
      assertEquals(Slots.EMPTY, index.find(hash(10), key, 0, 8));
      assertTrue(index.find(hash(11), key, 0, 8) != Slots.EMPTY);
    }
  }

  @Test
  void aKeyTakesAtMostTwentyFourBytesOnceThereAreMany() {
    try (KeyIndex index = new KeyIndex(BY_OFFSET, Runnable::run)) {
      for (int keys = 20_000; keys <= 640_000; keys += 20_000) {
        fill(index, keys);
        double each = (double) index.bytes() / index.size();
        assertTrue(each <= 24, keys + " keys take " + each + " bytes each");
      }
    }
  }

  private void fill(KeyIndex index, long keys) {
    for (long number = index.size(); number < keys; number++) {
      long hash = hash(number);
      assertEquals(Slots.EMPTY, index.writer().probe(hash, key, 0, 8));
      index.writer().put(Slots.word(hash, 1, number << 3));
    }
  }
}
