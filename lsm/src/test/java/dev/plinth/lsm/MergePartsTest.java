package dev.plinth.lsm;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.merge.KeyBounds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MergePartsTest {
  private static final long TABLE = 32 << 20;

  @Test
  void oneThreadHasOnePart() {
    assertEquals(1, MergeParts.count(1L << 40, 1, TABLE));
  }

  @Test
  void smallMergesAreNotCutAndLargeOnesArePassedOnInPieces() {
    assertEquals(1, MergeParts.count(3 * TABLE, 8, TABLE));
    assertEquals(2, MergeParts.count(5 * TABLE, 8, TABLE));
    assertEquals(2, MergeParts.count(12 * TABLE, 2, TABLE));
    assertEquals(8, MergeParts.count(16 * TABLE, 8, TABLE));
    assertEquals(8, MergeParts.count(40 * TABLE, 8, TABLE));
    assertEquals(100, MergeParts.count(800 * TABLE, 8, TABLE));
    assertEquals(1024, MergeParts.count(1L << 50, 2, TABLE));
  }

  @Test
  void partsHaveAboutEqualBytesAndNoGaps() {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      List<MergeParts.Anchor> anchors = new ArrayList<>();
      long all = 0;
      long largest = 0;
      for (int i = random.nextInt(200); i >= 0; i--) {
        byte[] key = ByteBuffer.allocate(4).putInt(7 * i).array();
        long bytes = random.nextInt(100);
        anchors.add(new MergeParts.Anchor(key, bytes));
        all += bytes;
        largest = Math.max(largest, bytes);
      }
      int count = 1 + random.nextInt(12);
      List<KeyBounds> ranges = MergeParts.cut(anchors, count);
      assertTrue(ranges.size() <= count, ranges.size() + " of " + count);
      assertEquals(0, ranges.getFirst().from().length);
      assertNull(ranges.getLast().limit());
      for (int i = 1; i < ranges.size(); i++) {
        byte[] limit = requireNonNull(ranges.get(i - 1).limit());
        assertArrayEquals(limit, ranges.get(i).from());
        assertTrue(Arrays.compareUnsigned(ranges.get(i - 1).from(), limit) < 0);
      }
      double most = all / (double) count + largest;
      for (KeyBounds range : ranges) {
        long bytes =
            anchors.stream()
                .filter(anchor -> isIn(range, anchor.key()))
                .mapToLong(MergeParts.Anchor::bytes)
                .sum();
        assertTrue(bytes <= most, bytes + " of " + all + " in one of " + count);
      }
    }
  }

  /// The bytes of an anchor lie in front of it.
  private static boolean isIn(KeyBounds range, byte[] key) {
    return Arrays.compareUnsigned(key, range.from()) > 0
        && KeyBounds.compareLimits(key, range.limit()) <= 0;
  }

  @Test
  void evenAnchorsMakeEvenParts() {
    List<MergeParts.Anchor> anchors = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      anchors.add(new MergeParts.Anchor(new byte[] {(byte) i}, 10));
    }
    List<KeyBounds> ranges = MergeParts.cut(anchors, 4);
    assertEquals(4, ranges.size());
    assertArrayEquals(new byte[] {25}, ranges.get(1).from());
    assertArrayEquals(new byte[] {50}, ranges.get(2).from());
    assertArrayEquals(new byte[] {75}, ranges.get(3).from());
  }

  @Test
  void oneKeyIsOnePart() {
    MergeParts.Anchor anchor = new MergeParts.Anchor(new byte[] {7}, 10);
    assertEquals(List.of(KeyBounds.ALL), MergeParts.cut(List.of(anchor), 4));
    assertEquals(2, MergeParts.cut(List.of(anchor, anchor, anchor), 4).size());
  }
}
