package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ReadaheadTest {
  private static final int BLOCK = 4096;
  private static final long LIMIT = 2 << 20;
  private static final long END = 64L << 20;

  @Test
  void shortReadsFetchNothingMore() {
    Readahead ahead = of(LIMIT);
    for (int seek = 0; seek < 100; seek++) {
      long start = (seek * 37L % 100) * 200_000;
      for (int block = 0; block < Readahead.BLOCKS; block++) {
        assertEquals(0, ahead.decide(start + (long) block * BLOCK, BLOCK, END));
      }
    }
  }

  @Test
  void whatIsAskedForDoublesUpToTheLimit() {
    Readahead ahead = of(LIMIT);
    long most = 0;
    int asks = 0;
    for (long at = 0; at < END; at += BLOCK) {
      long asked = ahead.decide(at, BLOCK, END);
      if (asked > 0) {
        asks++;
        most = Math.max(most, asked);
        assertTrue(asks > 5 || asked <= (long) Readahead.FIRST_BYTES << (asks - 1), "ask " + asks);
      }
    }
    assertTrue(most >= LIMIT / 2 && most <= LIMIT, most + " bytes at once");
    assertTrue(asks <= 5 + 2 * END / LIMIT, asks + " asks");
  }

  @Test
  void everyByteIsAskedForOnceInOrderWithinTheLimit() {
    for (long limit : new long[] {0, 1, 4096, 65_536, 100_000, 1 << 20, LIMIT}) {
      for (int block : new int[] {1, 100, 4096, 5000, 70_000, 1 << 20}) {
        for (long end : new long[] {1, 4096, 65_537, 300_000, 3L << 20}) {
          for (int blocksMin : new int[] {0, Readahead.BLOCKS}) {
            if (end / block <= 4096) {
              walk(limit, block, end, blocksMin);
            }
          }
        }
      }
    }
  }

  private static void walk(long limit, int block, long end, int blocksMin) {
    String what = limit + " ahead, blocks of " + block + ", " + end + " bytes, from " + blocksMin;
    Readahead ahead = new Readahead(new Readahead.Allowance(limit), blocksMin);
    long asked = -1;
    int blocks = 0;
    for (long at = 0; at < end; at += block) {
      long length = Math.min(block, end - at);
      long bytes = ahead.decide(at, length, end);
      boolean mayAsk = limit > 0 && blocks >= blocksMin && at + length < end;
      if (bytes > 0) {
        assertTrue(mayAsk, what);
        assertTrue(ahead.from() >= at + length, what);
        assertTrue(asked < 0 || ahead.from() == Math.max(asked, at + length), what);
        asked = ahead.from() + bytes;
        assertTrue(asked <= end && asked - at - length <= limit, what);
      }
      assertTrue(!mayAsk || asked > at + length || 2L * block > limit, what + " at " + at);
      blocks++;
    }
  }

  @Test
  void aJumpBeginsAnew() {
    for (long jump : new long[] {-10L * BLOCK, -1, Readahead.GAP_BYTES + 1L, 10 << 20}) {
      Readahead ahead = of(LIMIT);
      long at = read(ahead, 20L << 20, 100);
      at += jump;
      for (int block = 0; block < Readahead.BLOCKS; block++) {
        assertEquals(0, ahead.decide(at, BLOCK, END), "a jump of " + jump);
        at += BLOCK;
      }
      assertEquals(Readahead.FIRST_BYTES, ahead.decide(at, BLOCK, END));
    }
  }

  @Test
  void aShortGapIsNoJump() {
    Readahead ahead = of(LIMIT);
    long asked = 0;
    for (int block = 0; block < 20; block++) {
      asked += ahead.decide((BLOCK + 30_000L) * block, BLOCK, END);
    }
    assertTrue(asked > 20 * 30_000L, asked + " bytes");
  }

  @Test
  void theNextFileGoesOnWithWhatWasReached() {
    Readahead ahead = of(LIMIT);
    long end = 8L << 20;
    read(ahead, 0, (int) (end / BLOCK) - 4, end);
    ahead.turn();
    assertEquals(LIMIT, ahead.decide(0, BLOCK, end));
    assertEquals(BLOCK, ahead.from());
  }

  @Test
  void allFilesOfOneReaderShareTheLimit() {
    Readahead.Allowance allowance = new Readahead.Allowance(LIMIT);
    Readahead[] files = new Readahead[8];
    long[] positions = new long[files.length];
    long[] asked = new long[files.length];
    for (int i = 0; i < files.length; i++) {
      files[i] = new Readahead(allowance, Readahead.BLOCKS);
    }
    for (int step = 0; step < 20_000; step++) {
      int file = step % 10 < files.length ? step % 10 : 0;
      long bytes = files[file].decide(positions[file], BLOCK, END);
      positions[file] += BLOCK;
      asked[file] = bytes > 0 ? files[file].from() + bytes : asked[file];
      long ahead = 0;
      for (int i = 0; i < files.length; i++) {
        ahead += Math.max(0, asked[i] - positions[i]);
      }
      assertTrue(ahead <= LIMIT, ahead + " bytes ahead");
    }
    files[0].reset();
    files[1].reset();
    read(files[1], 0, 2000);
    assertTrue(files[1].decide(0, BLOCK, END) == 0, "begun anew");
  }

  @Test
  void whatAReaderGivesUpOthersGet() {
    Readahead.Allowance allowance = new Readahead.Allowance(Readahead.FIRST_BYTES);
    Readahead first = new Readahead(allowance, 0);
    Readahead second = new Readahead(allowance, 0);
    assertEquals(Readahead.FIRST_BYTES, first.decide(0, BLOCK, END));
    assertEquals(0, second.decide(0, BLOCK, END));
    first.reset();
    assertEquals(Readahead.FIRST_BYTES, second.decide(BLOCK, BLOCK, END));
  }

  private static Readahead of(long limit) {
    return new Readahead(new Readahead.Allowance(limit), Readahead.BLOCKS);
  }

  private static long read(Readahead ahead, long from, int blocks) {
    return read(ahead, from, blocks, END);
  }

  private static long read(Readahead ahead, long from, int blocks, long end) {
    for (int block = 0; block < blocks; block++) {
      ahead.decide(from + (long) block * BLOCK, BLOCK, end);
    }
    return from + (long) blocks * BLOCK;
  }
}
