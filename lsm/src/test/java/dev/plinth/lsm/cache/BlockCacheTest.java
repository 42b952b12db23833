package dev.plinth.lsm.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BlockCacheTest {
  private static final int BLOCK_BYTES = 256;
  private static final int BLOCKS = 100;

  @Test
  void whatIsFoundIsWhatWasPut() {
    try (BlockCache cache = cache();
        Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BLOCK_BYTES);
      Random random = new Random(1);
      Map<Long, Long> pinned = new HashMap<>();
      for (int i = 0; i < 50_000; i++) {
        long name = random.nextInt(400);
        long handle = cache.pin(name, name * 7);
        if (handle < 0) {
          handle = put(cache, block, name);
        }
        assertEquals(name, content(cache, handle));
        if (pinned.size() < 20 && !pinned.containsKey(name)) {
          pinned.put(name, handle);
        } else {
          cache.unpin(handle);
        }
        if (i % 100 == 0) {
          pinned.forEach((pin, at) -> assertEquals(pin, content(cache, at)));
          pinned.values().forEach(cache::unpin);
          pinned.clear();
        }
      }
      assertTrue(cache.bytesHeld() <= 2L * BLOCKS * BLOCK_BYTES, "held " + cache.bytesHeld());
    }
  }

  @Test
  void aScanDoesNotWashOutWhatIsUsedOften() {
    try (BlockCache cache = cache();
        Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BLOCK_BYTES);
      for (int round = 0; round < 3; round++) {
        for (long name = 0; name < 50; name++) {
          use(cache, block, name);
        }
      }
      for (long name = 1000; name < 11_000; name++) {
        use(cache, block, name);
      }
      int kept = 0;
      for (long name = 0; name < 50; name++) {
        long handle = cache.pin(name, name * 7);
        if (handle >= 0) {
          kept++;
          cache.unpin(handle);
        }
      }
      assertTrue(kept >= 45, "kept " + kept + " of 50");
    }
  }

  @Test
  void allPinnedMeansNoRoom() {
    try (BlockCache cache = cache();
        Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(BLOCK_BYTES);
      long name = 0;
      while (put(cache, block, name) >= 0) {
        name++;
      }
      assertEquals(BLOCKS * 256 / 320, name);
      assertEquals(-1, cache.add(1, 1, block, BLOCK_BYTES + 1), "larger than a block");
    }
  }

  @Test
  void aCacheOfNothingKeepsNothing() {
    try (BlockCache cache = new BlockCache(0, BLOCK_BYTES);
        Arena arena = Arena.ofConfined()) {
      assertEquals(-1, put(cache, arena.allocate(BLOCK_BYTES), 1));
      assertEquals(-1, cache.pin(1, 7));
      assertEquals(0, cache.bytesHeld());
    }
  }

  private static BlockCache cache() {
    return new BlockCache((long) BLOCKS * BLOCK_BYTES, BLOCK_BYTES);
  }

  private static void use(BlockCache cache, MemorySegment block, long name) {
    long handle = cache.pin(name, name * 7);
    cache.unpin(handle < 0 ? put(cache, block, name) : handle);
  }

  private static long put(BlockCache cache, MemorySegment block, long name) {
    block.set(Layouts.LONG, 0, name);
    block.set(Layouts.LONG, BLOCK_BYTES - 8, name);
    return cache.add(name, name * 7, block, BLOCK_BYTES);
  }

  private static long content(BlockCache cache, long handle) {
    long first = cache.segment(handle).get(Layouts.LONG, cache.offset(handle));
    assertEquals(
        first, cache.segment(handle).get(Layouts.LONG, cache.offset(handle) + BLOCK_BYTES - 8));
    assertEquals(BLOCK_BYTES, cache.length(handle));
    return first;
  }
}
