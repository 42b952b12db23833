package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class HugeMemoryTest {
  @Test
  void isZeroAlignedAndGoesWithItsArena() {
    for (long bytes : List.of(100L, HugeMemory.PAGE_BYTES, 3 * HugeMemory.PAGE_BYTES + 64)) {
      MemorySegment memory;
      try (Arena arena = Arena.ofShared()) {
        memory = HugeMemory.allocate(bytes, arena);
        assertEquals(bytes, memory.byteSize());
        assertEquals(0, memory.address() % 64);
        assertEquals(-1, memory.mismatch(memory.asReadOnly()));
        assertEquals(0, memory.get(Layouts.BYTE, 0));
        assertEquals(0, memory.get(Layouts.BYTE, bytes - 1));
        memory.fill((byte) 7);
        assertEquals(7, memory.get(Layouts.BYTE, bytes - 1));
      }
      assertThrows(IllegalStateException.class, () -> memory.get(Layouts.BYTE, 0));
    }
  }
}
