package dev.plinth.spi;

import static dev.plinth.spi.WriteBatchTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateDigestTest {

  @Test
  void theOrderOfEntriesDoesNotMatter() {
    StateDigest.Sum forward = new StateDigest.Sum();
    StateDigest.Sum backward = new StateDigest.Sum();
    for (int i = 0; i < 1_000; i++) {
      add(forward, "key" + i, "value" + i);
      add(backward, "key" + (999 - i), "value" + (999 - i));
    }
    assertEquals(forward.digest(), backward.digest());
    assertEquals(1_000, forward.digest().entries());
  }

  @Test
  void removingTakesAnEntryOutAgain() {
    StateDigest.Sum sum = new StateDigest.Sum();
    add(sum, "a", "1");
    StateDigest before = sum.digest();
    for (int i = 0; i < 1_000; i++) {
      add(sum, "k" + i, "v");
    }
    for (int i = 0; i < 1_000; i++) {
      remove(sum, "k" + i, "v");
    }
    assertEquals(before, sum.digest());
  }

  @Test
  void partsAddUp() {
    StateDigest.Sum whole = new StateDigest.Sum();
    StateDigest.Sum part = new StateDigest.Sum();
    add(whole, "a", "1");
    add(whole, "b", "2");
    add(part, "b", "2");
    StateDigest.Sum joined = new StateDigest.Sum();
    add(joined, "a", "1");
    joined.add(part.digest());
    assertEquals(whole.digest(), joined.digest());
  }

  @Test
  void theBoundaryBetweenKeyAndValueMatters() {
    assertNotEquals(one("ab", "c"), one("a", "bc"));
    assertNotEquals(one("a", ""), one("a", "\0"));
    assertNotEquals(one("a\0", ""), one("a", ""));
  }

  @Test
  void heapAndNativeMemoryGiveTheSame() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(64);
      for (int i = 0; i < 27; i++) {
        memory.set(ValueLayout.JAVA_BYTE, 3 + i, (byte) ('a' + i));
      }
      StateDigest.Sum sum = new StateDigest.Sum();
      sum.add(memory, 3, 11, memory, 14, 15);
      assertEquals(one("abcdefghijk", "lmnopqrstuvwxyz"), sum.digest());
    }
  }

  @Test
  void versionOneStaysAsItIs() {
    assertEquals("dea956a44b02b412901fc1aa7dcae1ee-1", one("key", "value").toString());
  }

  @Test
  void doesNotCollideOnNearbyEntries() {
    Random random = new Random(7);
    Set<StateDigest> seen = new HashSet<>();
    int entries = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] key = new byte[1 + i % 24];
      byte[] value = new byte[i % 40];
      random.nextBytes(key);
      StateDigest.Sum sum = new StateDigest.Sum();
      sum.add(
          MemorySegment.ofArray(key), 0, key.length, MemorySegment.ofArray(value), 0, value.length);
      seen.add(sum.digest());
      entries += key.length > 4 ? 1 : 0;
    }
    assertEquals(true, seen.size() >= entries, seen.size() + " of " + entries);
  }

  private static StateDigest one(String key, String value) {
    StateDigest.Sum sum = new StateDigest.Sum();
    add(sum, key, value);
    return sum.digest();
  }

  private static void add(StateDigest.Sum sum, String key, String value) {
    MemorySegment k = MemorySegment.ofArray(bytes(key));
    MemorySegment v = MemorySegment.ofArray(bytes(value));
    sum.add(k, 0, key.length(), v, 0, value.length());
  }

  private static void remove(StateDigest.Sum sum, String key, String value) {
    MemorySegment k = MemorySegment.ofArray(bytes(key));
    MemorySegment v = MemorySegment.ofArray(bytes(value));
    sum.remove(k, 0, key.length(), v, 0, value.length());
  }
}
