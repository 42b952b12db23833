package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
  @Test
  void knownValue() {
    MemorySegment nine = MemorySegment.ofArray("123456789".getBytes(StandardCharsets.US_ASCII));
    assertEquals(0xe3069283, new Crc32c().start().add(nine, 0, 9).value());
    assertEquals(0, new Crc32c().start().value());
  }

  @Test
  void isTheChecksumOfIdentityAndBytes() {
    Random random = new Random(11);
    Crc32c chained = new Crc32c();
    try (Arena arena = Arena.ofConfined()) {
      for (int length : new int[] {0, 1, 7, 130, 4087, 4088, 4089, 4096, 5000, 100_000}) {
        byte[] bytes = new byte[length + 5];
        random.nextBytes(bytes);
        long identity = random.nextLong();
        int expected = expected(identity, bytes, 5, length);
        MemorySegment heap = MemorySegment.ofArray(bytes);
        MemorySegment nativeCopy = arena.allocate(length + 5);
        nativeCopy.copyFrom(heap);
        assertEquals(expected, Crc32c.of(identity, heap, 5, length));
        assertEquals(expected, Crc32c.of(identity, heap.asReadOnly(), 5, length));
        assertEquals(expected, Crc32c.of(identity, nativeCopy, 5, length));
        int half = length / 2;
        chained.start(identity).add(heap, 5, half);
        assertEquals(expected(identity, bytes, 5, half), chained.value());
        assertEquals(expected, chained.add(nativeCopy, 5 + half, length - half).value());
      }
    }
  }

  @Test
  void numbersAreLittleEndianBytes() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[4096 + 12]);
    bytes.set(Layouts.LONG, 4090, 0x0102030405060708L);
    bytes.set(Layouts.INT, 4098, 0x090a0b0c);
    int chained =
        new Crc32c()
            .start(5)
            .add(bytes, 0, 4090)
            .addLong(0x0102030405060708L)
            .addInt(0x090a0b0c)
            .value();
    assertEquals(Crc32c.of(5, bytes, 0, 4102), chained);
    int aligned =
        new Crc32c().start().add(bytes, 0, 4094).addInt(bytes.get(Layouts.INT, 4094)).value();
    assertEquals(new Crc32c().start().add(bytes, 0, 4098).value(), aligned);
  }

  @Test
  void identitiesDiffer() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[130]);
    assertNotEquals(
        Crc32c.of(Crc32c.identity(1, 0), bytes, 0, 130),
        Crc32c.of(Crc32c.identity(0, 1), bytes, 0, 130));
    assertEquals(0x00000002_ffffffffL, Crc32c.identity(-1, 2));
  }

  @Test
  void manyThreadsAtOnce() throws Exception {
    MemorySegment bytes = MemorySegment.ofArray(new byte[300]);
    int expected = Crc32c.of(9, bytes, 0, 300);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> right :
          IntStream.range(0, 200)
              .mapToObj(i -> threads.submit(() -> sameAlways(bytes, expected)))
              .toList()) {
        assertEquals(true, right.get());
      }
    }
  }

  private static boolean sameAlways(MemorySegment bytes, int expected) {
    return IntStream.range(0, 200).allMatch(i -> Crc32c.of(9, bytes, 0, 300) == expected);
  }

  private static int expected(long identity, byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, identity));
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }
}
