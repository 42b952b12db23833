package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VarintTest {
  private final MemorySegment segment = MemorySegment.ofArray(new byte[16]);

  @Test
  void everySizeComesBack() {
    for (int bits = 0; bits < 63; bits++) {
      for (long value : new long[] {1L << bits, (1L << bits) - 1, (1L << bits) + 1}) {
        roundTrip(value);
      }
    }
    roundTrip(Long.MAX_VALUE);
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      roundTrip(random.nextLong() >>> (1 + random.nextInt(63)));
    }
  }

  private void roundTrip(long value) {
    int size = Varint.size(value);
    assertEquals(2 + size, Varint.put(segment, 2, value));
    assertEquals(value, Varint.get(segment, 2, 16));
    assertEquals(value, Varint.get(segment, 2, 2 + size));
    assertEquals(-1, Varint.get(segment, 2, 2 + size - 1));
    assertEquals(value > Integer.MAX_VALUE ? -1 : value, Varint.getInt(segment, 2, 16));
  }

  @Test
  void sizes() {
    assertEquals(1, Varint.size(0));
    assertEquals(1, Varint.size(127));
    assertEquals(2, Varint.size(128));
    assertEquals(Varint.INT_BYTES_MAX, Varint.size(Integer.MAX_VALUE));
    assertEquals(Varint.LONG_BYTES_MAX, Varint.size(Long.MAX_VALUE));
  }

  @Test
  void refusesFormsThatAreTooLongOrPadded() {
    segment.fill((byte) 0xff);
    assertEquals(-1, Varint.get(segment, 0, 16));
    segment.set(Layouts.BYTE, 0, (byte) 0x80);
    segment.set(Layouts.BYTE, 1, (byte) 0);
    assertEquals(-1, Varint.get(segment, 0, 16));
    assertEquals(-1, Varint.getInt(segment, 0, 16));
  }
}
