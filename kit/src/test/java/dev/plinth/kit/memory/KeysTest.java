package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeysTest {
  private final Random random = new Random(7);

  @Test
  void ordersAsUnsignedBytesInEveryKindOfMemory() {
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 60_000; i++) {
        byte[] x = key(random.nextInt(90));
        byte[] y = related(x);
        MemorySegment a = place(x, arena, i % 2 == 0);
        MemorySegment b = place(y, arena, i % 3 == 0);
        int expected = Integer.signum(Arrays.compareUnsigned(x, y));
        assertEquals(expected, compare(a, x.length, b, y.length), () -> show(x, y));
        assertEquals(-expected, compare(b, y.length, a, x.length), () -> show(x, y));
        assertEquals(expected == 0, Keys.equal(a, 3, x.length, b, 3, y.length));
        int mismatch = Arrays.mismatch(x, y);
        int shared = mismatch < 0 ? x.length : Math.min(mismatch, Math.min(x.length, y.length));
        assertEquals(shared, Keys.sharedLength(a, 3, x.length, b, 3, y.length));
      }
    }
  }

  @Test
  void differentPrefixesOrderAsTheKeys() {
    for (int i = 0; i < 20_000; i++) {
      byte[] x = key(random.nextInt(12));
      byte[] y = related(x);
      long p = Keys.prefix(MemorySegment.ofArray(x), 0, x.length);
      long q = Keys.prefix(MemorySegment.ofArray(y), 0, y.length);
      if (p != q) {
        assertEquals(
            Integer.signum(Arrays.compareUnsigned(x, y)),
            Integer.signum(Long.compareUnsigned(p, q)),
            () -> show(x, y));
      }
    }
    byte[] three = {(byte) 0xff, 1, 2};
    assertEquals(0xff01020000000000L, Keys.prefix(MemorySegment.ofArray(three), 0, 3));
    assertEquals(0, Keys.prefix(MemorySegment.ofArray(three), 3, 0));
  }

  @Test
  void aPrefixComesFirst() {
    MemorySegment key = MemorySegment.ofArray(new byte[40]);
    assertTrue(Keys.compare(key, 0, 7, key, 0, 8) < 0);
    assertTrue(Keys.compare(key, 0, 0, key, 0, 1) < 0);
    assertTrue(Keys.compare(key, 0, 33, key, 0, 32) > 0);
    assertFalse(Keys.equal(key, 0, 33, key, 0, 32));
  }

  private static int compare(MemorySegment a, int aLength, MemorySegment b, int bLength) {
    return Integer.signum(Keys.compare(a, 3, aLength, b, 3, bLength));
  }

  /// Often a copy that differs late, so that every branch is reached.
  private byte[] related(byte[] key) {
    if (random.nextInt(4) == 0) {
      return key(random.nextInt(90));
    }
    byte[] other = Arrays.copyOf(key, Math.max(0, key.length + random.nextInt(5) - 2));
    if (other.length > 0 && random.nextBoolean()) {
      other[random.nextInt(other.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return other;
  }

  private byte[] key(int length) {
    byte[] key = new byte[length];
    random.nextBytes(key);
    return key;
  }

  private static MemorySegment place(byte[] bytes, Arena arena, boolean heap) {
    MemorySegment segment =
        heap ? MemorySegment.ofArray(new byte[bytes.length + 3]) : arena.allocate(bytes.length + 3);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, segment, 3, bytes.length);
    return segment.asReadOnly();
  }

  private static String show(byte[] x, byte[] y) {
    return Arrays.toString(x) + " and " + Arrays.toString(y);
  }
}
