package dev.plinth.raft.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.raft.store.chronicle.ChronicleEntryCodec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EntryCodecTest {
  private static final int ROOM = 64;

  private final EntryCodec plain = StopBitCodec.INSTANCE;
  private final EntryCodec chronicle = new ChronicleEntryCodec();

  private static long number(SplittableRandom random) {
    return random.nextLong() >>> (1 + random.nextInt(63));
  }

  @Test
  void bothCodecsWriteTheSameBytesAndReadThem() {
    SplittableRandom random = new SplittableRandom(1);
    EntryHeader header = new EntryHeader();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(ROOM);
      MemorySegment b = arena.allocate(ROOM);
      for (int i = 0; i < 20_000; i++) {
        long gap = number(random);
        long term = number(random);
        int type = random.nextInt(256);
        long time = number(random);
        int length = (int) Math.min(number(random), 20);
        int at = random.nextInt(8);
        long end = plain.put(a, at, gap, term, type, time, length);
        assertEquals(end, chronicle.put(b, at, gap, term, type, time, length));
        assertEquals(-1, MemorySegment.mismatch(a, at, end, b, at, end));
        for (EntryCodec codec : new EntryCodec[] {plain, chronicle}) {
          assertTrue(codec.get(a, at, end + length, header));
          assertEquals(gap, header.gap());
          assertEquals(term, header.term());
          assertEquals(type, header.type());
          assertEquals(time, header.timestamp());
          assertEquals(length, header.length());
          assertEquals(end, header.payload());
          assertFalse(codec.get(a, at, end + length - 1, header));
        }
      }
    }
  }

  @Test
  void threadsMayTakeTurnsWithOneCodec() throws InterruptedException {
    EntryHeader header = new EntryHeader();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment segment = arena.allocate(ROOM);
      long[] end = new long[1];
      Thread writer = new Thread(() -> end[0] = chronicle.put(segment, 0, 1, 2, 3, 4, 5));
      writer.start();
      writer.join();
      assertTrue(chronicle.get(segment, 0, end[0] + 5, header));
      assertEquals(2, header.term());
      assertEquals(end[0], chronicle.put(segment, 0, 1, 2, 3, 4, 5));
    }
  }

  @Test
  void bothCodecsRefuseTheSameBytes() {
    SplittableRandom random = new SplittableRandom(2);
    EntryHeader header = new EntryHeader();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(ROOM);
      for (int i = 0; i < 20_000; i++) {
        for (int at = 0; at < ROOM; at++) {
          byte value = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(4));
          bytes.set(ValueLayout.JAVA_BYTE, at, value);
        }
        int end = random.nextInt(ROOM);
        assertEquals(plain.get(bytes, 0, end, header), chronicle.get(bytes, 0, end, header));
      }
    }
  }

  @Test
  void chronicleFillsABatchThatAnyoneReads() {
    assertInstanceOf(ChronicleEntryCodec.class, EntryCodec.standard());
    assertFalse(StandardCodec.isThere("net.openhft.chronicle.bytes.NoSuchStore"));
    EntryBatch a = new EntryBatch(StopBitCodec.INSTANCE, 1 << 20);
    EntryBatch b = new EntryBatch(new ChronicleEntryCodec(), 1 << 20);
    for (int i = 0; i < 500; i++) {
      a.add(i * 2L, i / 7, i % 3, new byte[i]);
      b.add(i * 2L, i / 7, i % 3, new byte[i]);
    }
    assertEquals(a.bytes(), b.bytes());
    assertEquals(-1, MemorySegment.mismatch(a.segment(), 0, a.bytes(), b.segment(), 0, b.bytes()));
    int[] count = new int[1];
    a.forEach(
        (index, term, _, _, _, _, length) -> {
          assertEquals(count[0] * 2L, index);
          assertEquals(count[0] / 7, term);
          assertEquals(count[0]++, length);
        });
    assertEquals(500, count[0]);
  }
}
