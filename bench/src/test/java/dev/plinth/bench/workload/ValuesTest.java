package dev.plinth.bench.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

final class ValuesTest {
  @Test
  void equalSeedsGiveEqualValues() {
    Values one = new Values(100, 5);
    Values other = new Values(100, 5);
    assertEquals(-1, one.segment().mismatch(other.segment()));
    assertEquals(one.offset(17, 3), other.offset(17, 3));
    assertNotEquals(one.offset(17, 3), one.offset(17, 4));
    assertNotEquals(-1, one.segment().mismatch(new Values(100, 6).segment()));
  }

  @Test
  void everyValueLiesInTheBuffer() {
    Values values = new Values(1_000, 5);
    for (long index = 0; index < 10_000; index++) {
      long offset = values.offset(index, index % 7);
      assertTrue(offset >= 0 && offset + 1_000 <= values.segment().byteSize());
    }
  }

  @Test
  void valuesCompressToAboutHalf() {
    Values values = new Values(4_000, 5);
    byte[] bytes = new byte[4_000];
    MemorySegment.copy(values.segment(), ValueLayout.JAVA_BYTE, 12_345, bytes, 0, bytes.length);
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    int compressed = deflater.deflate(new byte[8_000]);
    deflater.end();
    assertTrue(compressed > 1_900 && compressed < 2_600, "compressed: " + compressed);
  }
}
