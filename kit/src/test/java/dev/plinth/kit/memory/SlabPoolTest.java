package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.spi.StorageException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlabPoolTest {
  @Test
  void reusesSlabsWithinItsBound() {
    try (SlabPool pool = new SlabPool(8192 + 100, 4096)) {
      assertEquals(4096, pool.slabBytes());
      assertEquals(8292, pool.bytesMax());
      assertEquals(0, pool.bytesAllocated());
      SlabPool.Slab first = pool.acquire();
      SlabPool.Slab second = pool.acquire();
      assertNotSame(first, second);
      assertEquals(0, first.address() % 64);
      assertEquals(4096, first.bytes());
      assertNull(pool.tryAcquire());
      assertThrows(StorageException.LimitExceeded.class, pool::acquire);
      pool.release(second);
      assertEquals(4096, pool.bytesInUse());
      assertEquals(8192, pool.bytesAllocated());
      assertSame(second, pool.acquire());
    }
  }

  @Test
  void aLargePieceTakesTheRoomOfFreeSlabs() {
    try (SlabPool pool = new SlabPool(16384, 4096)) {
      SlabPool.Slab kept = pool.acquire();
      kept.segment().set(Layouts.LONG, 0, 42);
      SlabPool.Slab a = pool.acquire();
      SlabPool.Slab b = pool.acquire();
      SlabPool.Slab c = pool.acquire();
      assertThrows(StorageException.LimitExceeded.class, () -> pool.acquireLarge(10_000));
      pool.release(a);
      pool.release(b);
      pool.release(c);
      SlabPool.Slab large = pool.acquireLarge(10_000);
      assertEquals(14_096, pool.bytesAllocated());
      for (SlabPool.Slab slab : List.of(a, b, c)) {
        assertThrows(IllegalStateException.class, () -> slab.segment().get(Layouts.BYTE, 0));
      }
      pool.release(large);
      assertThrows(IllegalStateException.class, () -> large.segment().get(Layouts.BYTE, 0));
      assertEquals(4096, pool.bytesAllocated());
      assertEquals(42, kept.segment().get(Layouts.LONG, 0));
    }
  }

  @Test
  void whatIsReleasedEmptyTakesNoRoomUntilItIsUsedAgain() {
    int bytes = (int) HugeMemory.PAGE_BYTES;
    try (SlabPool pool = new SlabPool(4L * bytes, bytes)) {
      SlabPool.Slab first = pool.acquire();
      SlabPool.Slab second = pool.acquire();
      first.segment().fill((byte) 1);
      pool.releaseEmpty(first);
      boolean given = pool.bytesHeld() == bytes;
      assertEquals(2L * bytes, pool.bytesAllocated());
      assertEquals(given ? bytes : 2L * bytes, pool.bytesHeld());
      assertSame(first, pool.acquire());
      assertEquals(2L * bytes, pool.bytesHeld());
      assertEquals(given ? 0 : 1, first.segment().get(Layouts.BYTE, bytes / 2));
      pool.releaseEmpty(first);
      pool.release(second);
      pool.acquireLarge(3L * bytes);
      assertEquals(given ? 3L * bytes : 4L * bytes, pool.bytesHeld());
    }
  }

  @Test
  void refusesWhatIsNotAcquired() {
    SlabPool pool = new SlabPool(8192, 4096);
    SlabPool.Slab slab = pool.acquire();
    pool.release(slab);
    assertThrows(IllegalStateException.class, () -> pool.release(slab));
    assertThrows(IllegalArgumentException.class, () -> pool.acquireLarge(0));
    pool.close();
  }

  @Test
  void closingFreesAll() {
    SlabPool pool = new SlabPool(16384, 4096);
    SlabPool.Slab used = pool.acquire();
    SlabPool.Slab large = pool.acquireLarge(5000);
    SlabPool.Slab idle = pool.acquire();
    pool.release(idle);
    pool.close();
    pool.close();
    assertEquals(0, pool.bytesInUse());
    assertEquals(0, pool.bytesAllocated());
    assertThrows(IllegalStateException.class, () -> used.segment().get(Layouts.BYTE, 0));
    assertThrows(IllegalStateException.class, () -> large.segment().get(Layouts.BYTE, 0));
    assertThrows(IllegalStateException.class, () -> idle.segment().get(Layouts.BYTE, 0));
    assertThrows(StorageException.Closed.class, pool::acquire);
    assertThrows(StorageException.Closed.class, () -> pool.acquireLarge(1));
    pool.release(used);
  }

  @Test
  void refusesSizesThatMakeNoSense() {
    assertThrows(IllegalArgumentException.class, () -> new SlabPool(8192, 100));
    assertThrows(IllegalArgumentException.class, () -> new SlabPool(8192, 0));
    assertThrows(IllegalArgumentException.class, () -> new SlabPool(4095, 4096));
  }
}
