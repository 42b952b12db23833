package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class RecordFormatTest {
  private static final long IDENTITY = 0x1234_5678_9abc_def0L;
  private final MemorySegment memory = MemorySegment.ofArray(new byte[300]);
  private final MemorySegment text = MemorySegment.ofArray(new byte[116]);

  private long write() {
    return RecordFormat.write(
        memory, 7, IDENTITY, 1007, RecordFormat.PUT, 0, true, 77, text, 0, 16, text, 16, 100);
  }

  @Test
  void aPutOfSixteenAndAHundredBytesTakesTenMoreAtMost() {
    long end = write();
    assertEquals(RecordFormat.bytes(77, 16, 100), end - 7);
    assertTrue(RecordFormat.bytes((1 << 21) - 1, 16, 100) <= 126);
    long parsed = RecordFormat.parse(memory, 7, end);
    assertEquals(RecordFormat.PUT, RecordFormat.kind(parsed));
    assertTrue(RecordFormat.last(parsed));
    assertEquals(16, RecordFormat.keyLength(parsed));
    assertEquals(100, RecordFormat.valueLength(parsed));
    assertEquals(77, RecordFormat.sequenceDelta(memory, 7, end));
    assertEquals(end - 7, RecordFormat.recordBytes(parsed));
  }

  @Test
  void everyFlippedByteAndEveryOtherPlaceFails() {
    long end = write();
    for (long at = 7; at < end; at++) {
      byte before = memory.get(Layouts.BYTE, at);
      memory.set(Layouts.BYTE, at, (byte) (before ^ 0x40));
      assertFalse(isGood(end, 1007), "byte " + at);
      memory.set(Layouts.BYTE, at, before);
    }
    assertTrue(isGood(end, 1007));
    assertFalse(isGood(end, 1008));
    assertEquals(-1, RecordFormat.parse(memory, 7, end - 1));
    assertEquals(-1, RecordFormat.parse(MemorySegment.ofArray(new byte[64]), 0, 64));
  }

  private boolean isGood(long end, long offset) {
    long parsed = RecordFormat.parse(memory, 7, end);
    return parsed >= 0 && RecordFormat.verify(memory, 7, parsed, IDENTITY, offset);
  }

  @Test
  void aWatermarkIsFoundOnlyWhereItWasWritten() {
    Watermark mark = new Watermark(12, 3_000_000_000L);
    long end = RecordFormat.writeWatermark(memory, 7, IDENTITY, 1007, mark);
    assertEquals(RecordFormat.WATERMARK_BYTES, end - 7);
    assertTrue(RecordFormat.isWatermark(memory, 7, end, IDENTITY, 1007));
    assertFalse(RecordFormat.isWatermark(memory, 7, end, IDENTITY, 1008));
    assertFalse(RecordFormat.isWatermark(memory, 7, end, IDENTITY + 1, 1007));
    assertEquals(mark, RecordFormat.watermark(memory, 7));
  }
}
