package dev.plinth.lsm.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.memtable.MemtableCursor;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.lsm.table.EntryModel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MemtableTest {
  private static final int SLAB_BYTES = 4 << 20;

  @Test
  void showsWhatASortedMapShows() {
    for (int seed = 0; seed < 20; seed++) {
      EntryModel model = EntryModel.random(seed, 2_000);
      try (SlabPool pool = new SlabPool(SLAB_BYTES, SLAB_BYTES)) {
        Memtable memtable = new Memtable(pool, pool.acquire());
        model.inOrderOfWriting(
            (key, tag, value) ->
                memtable.add(
                    MemorySegment.ofArray(key),
                    0,
                    key.length,
                    MemorySegment.ofArray(value),
                    0,
                    value.length,
                    tag));
        assertEquals(model.size(), memtable.entries());
        model.check(memtable.cursor(), seed);
        for (byte[] key : model.keys()) {
          long tag = model.newest(key, Tag.FIRST);
          long node = memtable.find(MemorySegment.ofArray(key), 0, key.length, Tag.FIRST);
          assertEquals(tag, memtable.tag(node));
          assertEquals(
              -1,
              model
                  .value(key, tag)
                  .mismatch(
                      memtable
                          .segment()
                          .asSlice(memtable.valueOffset(node), memtable.valueLength(node))));
        }
        memtable.release();
        assertEquals(0, pool.bytesInUse());
      }
    }
  }

  @Test
  void ascendingKeysStayInOrder() {
    try (SlabPool pool = new SlabPool(SLAB_BYTES, SLAB_BYTES)) {
      Memtable memtable = new Memtable(pool, pool.acquire());
      for (int i = 0; i < 20_000; i++) {
        byte[] key = String.format("%08d", i).getBytes(StandardCharsets.US_ASCII);
        MemorySegment segment = MemorySegment.ofArray(key);
        memtable.add(segment, 0, 8, segment, 0, 8, Tag.of(i + 1, Tag.PUT));
      }
      MemtableCursor cursor = memtable.cursor();
      int count = 0;
      for (cursor.first(); cursor.isValid(); cursor.next()) {
        assertEquals(Tag.of(++count, Tag.PUT), cursor.tag());
      }
      assertEquals(20_000, count);
      assertEquals(20_000 * Memtable.entryBytesMean(8, 8), (double) memtable.bytesUsed(), 20_000);
    }
  }

  @Test
  void readersSeeWhatWasPublished() throws InterruptedException {
    try (SlabPool pool = new SlabPool(64 << 20, 64 << 20)) {
      Memtable memtable = new Memtable(pool, pool.acquire());
      AtomicLong published = new AtomicLong();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      int last = 100_000;
      Thread reader =
          Thread.ofPlatform().start(() -> readUntil(memtable, published, last, failure));
      for (int i = 1; i <= last; i++) {
        MemorySegment key = MemorySegment.ofArray(scattered(i));
        memtable.add(key, 0, 8, key, 0, 8, Tag.of(i, Tag.PUT));
        published.set(i);
      }
      reader.join();
      assertEquals(null, failure.get());
    }
  }

  @Test
  void aFullSlabIsTold() {
    try (SlabPool pool = new SlabPool(4096, 4096)) {
      Memtable memtable = new Memtable(pool, pool.acquire());
      MemorySegment key = MemorySegment.ofArray(new byte[100]);
      int added = 0;
      while (memtable.fits(Memtable.entryBytesMax(100, 100))) {
        memtable.add(key, 0, 100, key, 0, 100, Tag.of(++added, Tag.PUT));
      }
      assertTrue(added > 10, "added " + added);
      assertFalse(memtable.fits(Memtable.entryBytesMax(100, 100)));
      assertTrue(memtable.bytesUsed() <= memtable.bytesHeld());
    }
  }

  @Test
  void keepsDeletedRanges() {
    try (SlabPool pool = new SlabPool(4096, 4096)) {
      Memtable memtable = new Memtable(pool, pool.acquire());
      assertTrue(memtable.isEmpty());
      memtable.deleteRange(new RangeTombstone(new byte[] {1}, new byte[] {5}, 7));
      MemorySegment key = MemorySegment.ofArray(new byte[] {3});
      assertEquals(7, memtable.tombstones().covering(key, 0, 1, 9));
      memtable.deleteRange(new RangeTombstone(new byte[] {2}, null, 8));
      assertEquals(8, memtable.tombstones().covering(key, 0, 1, 9));
      assertEquals(7, memtable.tombstones().covering(key, 0, 1, 7));
      assertEquals(RangeTombstones.NONE, memtable.tombstones().covering(key, 0, 1, 6));
      assertFalse(memtable.isEmpty());
    }
  }

  private static void readUntil(
      Memtable memtable, AtomicLong published, int last, AtomicReference<Throwable> failure) {
    try {
      long seen = 0;
      while (seen < last) {
        seen = published.get();
        for (long i = Math.max(1, seen - 3); i <= seen; i++) {
          MemorySegment key = MemorySegment.ofArray(scattered((int) i));
          long node = memtable.find(key, 0, 8, Tag.FIRST);
          assertTrue(node != 0, "entry " + i + " is missing");
          assertEquals(Tag.of(i, Tag.PUT), memtable.tag(node));
        }
        Thread.onSpinWait();
      }
    } catch (AssertionError e) {
      failure.set(e);
    }
  }

  private static byte[] scattered(int i) {
    return ByteBuffer.allocate(8).putLong(i * 0x9e3779b97f4a7c15L).array();
  }
}
