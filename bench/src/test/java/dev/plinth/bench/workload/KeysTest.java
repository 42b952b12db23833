package dev.plinth.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class KeysTest {
  private final byte[] bytes = new byte[Keys.BYTES + 4];
  private final MemorySegment segment = MemorySegment.ofArray(bytes);

  @Test
  void keysAreSixteenDigits() {
    Dice dice = new Dice(7, 7);
    for (int i = 0; i < 20_000; i++) {
      long index = i < 1_000 ? i : dice.below(Keys.COUNT_MAX);
      Keys.present(segment, 3, index);
      assertEquals("%016d".formatted(2 * index), text());
      Keys.missing(segment, 3, index);
      assertEquals("%016d".formatted(2 * index + 1), text());
    }
  }

  @Test
  void keysSortAsTheirIndexes() {
    byte[] before = new byte[Keys.BYTES];
    for (long index = 99_990; index < 100_020; index++) {
      Keys.present(segment, 3, index);
      byte[] key = Arrays.copyOfRange(bytes, 3, 3 + Keys.BYTES);
      assertTrue(Arrays.compareUnsigned(before, key) < 0);
      before = key;
    }
  }

  private String text() {
    return new String(bytes, 3, Keys.BYTES, StandardCharsets.US_ASCII);
  }
}
