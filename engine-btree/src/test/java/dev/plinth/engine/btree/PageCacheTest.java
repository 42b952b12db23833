package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.epoch.Epochs;
import org.junit.jupiter.api.Test;

final class PageCacheTest {
  private static final int PAGE_BYTES = 4096;
  private static final int FRAMES = 4 * PageCache.WRITER_RESERVE;

  /// A reader that was told to try again must find a frame then, or it tries for ever.
  @Test
  void whoReservesFindsAFrameBesideThoseOfTheWriter() {
    try (Epochs epochs = new Epochs();
        PageCache cache = new PageCache(epochs, PAGE_BYTES, FRAMES)) {
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

  private static long take(PageCache cache) {
    return cache.take(PageCache.WRITER_RESERVE);
  }
}
