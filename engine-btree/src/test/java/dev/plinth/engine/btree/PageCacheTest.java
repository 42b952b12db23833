package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.RawMemory;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// Epochs end before the memory that what they hold back gives frames of.
final class PageCacheTest {
  private static final int PAGE_BYTES = 4096;
  private static final int FRAMES = 4 * PageCache.WRITER_RESERVE;

  /// A reader that was told to try again must find a frame then, or it tries for ever.
  @Test
  void whoReservesFindsAFrameBesideThoseOfTheWriter() {
    Epochs epochs = new Epochs();
    try (PageCache cache = new PageCache(epochs, PAGE_BYTES, FRAMES);
        epochs) {
      cache.growTable(4L * FRAMES);
      // While a reader stays, no frame of a page that was evicted comes back.
      long token = epochs.enter();
      long number = 0;
      long page = take(cache);
      while (page != 0 || cache.frames() < FRAMES) {
        assertTrue(page == 0 || cache.installClean(page, number++));
        page = take(cache);
      }
      epochs.exit(token);
      assertEquals(PageCache.WRITER_RESERVE, cache.freeFrames());
      for (int again = 0; again < 2 * FRAMES; again++) {
        assertTrue(cache.reserve());
        page = take(cache);
        assertNotEquals(0, page, "none after " + again);
        assertTrue(cache.installClean(page, number++));
      }
    }
  }

  /// A frame that is evicted while it is being installed must not stay in the table.
  @Test
  void aFrameIsNeverThatOfTwoPages() throws InterruptedException {
    Epochs epochs = new Epochs();
    try (PageCache cache = new PageCache(epochs, 256, FRAMES);
        epochs) {
      cache.growTable(4L * FRAMES);
      AtomicLong wrong = new AtomicLong(-1);
      Thread other = new Thread(() -> readPages(epochs, cache, 2, wrong));
      other.start();
      readPages(epochs, cache, 1, wrong);
      other.join();
      assertEquals(-1, wrong.get(), "another page was found under this number");
    }
  }

  private static void readPages(Epochs epochs, PageCache cache, long seed, AtomicLong wrong) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 300_000; i++) {
      long number = random.nextInt(4 * FRAMES);
      boolean found = true;
      long token = epochs.enter();
      try {
        long page = cache.find(number);
        if (page == 0) {
          page = take(cache);
          found = page != 0;
          if (found) {
            RawMemory.putLong(page, number);
            if (!cache.installClean(page, number)) {
              cache.giveBack(page);
              page = 0;
            }
          }
        }
        if (page != 0 && RawMemory.getLong(page) != number) {
          wrong.set(number);
        }
      } finally {
        epochs.exit(token);
      }
      if (!found) {
        cache.reserve();
      }
    }
  }

  private static long take(PageCache cache) {
    return cache.take(PageCache.WRITER_RESERVE);
  }
}
