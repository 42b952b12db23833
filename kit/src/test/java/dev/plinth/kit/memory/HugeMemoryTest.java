package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

  @Test
  void whatIsGivenBackIsZeroAndCanBeUsedAgain() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = HugeMemory.allocate(2 * HugeMemory.PAGE_BYTES + 4096, arena);
      memory.fill((byte) 7);
      boolean given = HugeMemory.giveBack(memory);
      for (long at = 0; at < memory.byteSize(); at += 4096) {
        assertEquals(given ? 0 : 7, memory.get(Layouts.BYTE, at));
      }
      memory.fill((byte) 8);
      assertEquals(8, memory.get(Layouts.BYTE, memory.byteSize() - 1));
      MemorySegment small = arena.allocate(4096);
      small.fill((byte) 9);
      assertFalse(HugeMemory.giveBack(small));
      assertEquals(9, small.get(Layouts.BYTE, 0));
    }
  }
}
