package dev.plinth.kit.merge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class KeyWordsTest {
  @Test
  void differentWordsHaveTheOrderOfTheirKeys() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      List<byte[]> keys = new ArrayList<>();
      byte[] start = bytes(random, random.nextInt(12));
      for (int i = 0; i < 60; i++) {
        byte[] end = bytes(random, 1 + random.nextInt(12));
        byte[] key = Arrays.copyOf(start, start.length + end.length);
        System.arraycopy(end, 0, key, start.length, end.length);
        keys.add(i % 4 == 0 ? end : key);
      }
      byte[] from = keys.get(1);
      byte[] to = keys.get(2);
      boolean swapped = Arrays.compareUnsigned(from, to) > 0;
      KeyWords words = KeyWords.between(swapped ? to : from, swapped ? from : to);
      for (byte[] a : keys) {
        for (byte[] b : keys) {
          int order = Long.compareUnsigned(word(words, a), word(words, b));
          if (order != 0) {
            assertEquals(order < 0, Arrays.compareUnsigned(a, b) < 0, "seed " + seed);
          }
        }
        boolean inner =
            Arrays.compareUnsigned(a, swapped ? to : from) >= 0
                && Arrays.compareUnsigned(a, swapped ? from : to) < 0;
        if (inner) {
          assertEquals(word(words, a), words.ofInner(MemorySegment.ofArray(a), 0, a.length));
        }
      }
    }
  }

  @Test
  void sameBoundsMakeTheSameWords() {
    byte[] a = {1, 2, 3};
    byte[] b = {1, 2, 9};
    assertTrue(KeyWords.between(a, b).isSame(KeyWords.between(b, new byte[] {1, 2, 10})));
    assertTrue(KeyWords.between(a, null).isSame(KeyWords.FIRST));
  }

  private static long word(KeyWords words, byte[] key) {
    return words.of(MemorySegment.ofArray(key), 0, key.length);
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (random.nextInt(3) - 1);
    }
    return bytes;
  }
}
