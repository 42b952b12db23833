package dev.plinth.lsm.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.disk.Readahead;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.Tag;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TableTest {
  private static final long IDENTITY = 0x1234_5678_9abcL;
  private static final Path PATH = Path.of("/table");

  private Disk disk;
  private BlockCache cache;

  @BeforeEach
  void freshDisk() {
    disk = new SimDisk();
    cache = new BlockCache(64 << 10, 1000);
  }

  @AfterEach
  void freeCache() {
    cache.close();
  }

  @Test
  void showsWhatASortedMapShows() {
    for (int seed = 0; seed < 30; seed++) {
      EntryModel model = EntryModel.random(seed, 1 + new Random(seed).nextInt(3_000));
      int blockBytes = List.of(128, 256, 1000, 4096, 65_536).get(seed % 5);
      Path path = Path.of("/table-" + seed);
      Compression compression = Compression.values()[seed % 3];
      long bytes =
          write(path, model, new TableShape(blockBytes, seed % 3 * 5, seed % 2 == 0, compression));
      try (Table table = new Table(disk, path, IDENTITY, bytes, 0, cache)) {
        table.verify();
        model.check(cursor(table), seed);
        checkFinds(model, table, seed);
        assertEquals(model.size(), table.properties().entries());
      }
    }
  }

  @Test
  void anAbsentKeyIsMostlyRefusedByTheFilter() {
    passesAbsentKeys(new TableShape(4096, 10), 400);
    disk.delete(PATH);
    passesAbsentKeys(new TableShape(4096, 10, true, Compression.LZ4), 160);
  }

  private void passesAbsentKeys(TableShape shape, int most) {
    EntryModel model = new EntryModel();
    for (int i = 0; i < 20_000; i++) {
      model.add(key(2 * i), Tag.of(i + 1, Tag.PUT), new byte[20]);
    }
    long bytes = write(PATH, model, shape);
    try (Table table = new Table(disk, PATH, IDENTITY, bytes, 0, cache)) {
      Lookup lookup = new Lookup();
      int passed = 0;
      for (int i = 0; i < 20_000; i++) {
        lookup.start(MemorySegment.ofArray(key(2 * i)), 0, 16);
        assertTrue(table.mayContain(lookup), "key " + i);
        lookup.start(MemorySegment.ofArray(key(2 * i + 1)), 0, 16);
        passed += table.mayContain(lookup) ? 1 : 0;
      }
      assertTrue(passed < most, "false positives in 20,000: " + passed);
    }
  }

  @Test
  void anIngestedTableHasItsSequenceAdded() {
    EntryModel model = new EntryModel();
    model.add(key(1), Tag.of(0, Tag.PUT), new byte[] {7});
    long bytes = write(PATH, model, new TableShape(4096, 10));
    try (Table table = new Table(disk, PATH, IDENTITY, bytes, 50, cache)) {
      Lookup lookup = new Lookup();
      lookup.start(MemorySegment.ofArray(key(1)), 0, 16);
      assertFalse(table.find(lookup, Tag.visibleAt(49)));
      assertTrue(table.find(lookup, Tag.visibleAt(50)));
      assertEquals(50, Tag.sequence(lookup.tag()));
      assertEquals(50, table.sequenceMax());
    }
  }

  @Test
  void keepsDeletedRangesWithoutEntries() {
    long bytes;
    List<RangeTombstone> ranges =
        List.of(
            new RangeTombstone(new byte[0], new byte[] {3}, 5),
            new RangeTombstone(new byte[] {3}, null, 9));
    TableShape shape = new TableShape(4096, 10);
    try (FilterMemory filters = new FilterMemory(new AtomicLong());
        TableWriter writer =
            new TableWriter(disk, PATH, IDENTITY, shape, ByteCause.FLUSH, filters)) {
      ranges.forEach(writer::addRange);
      bytes = writer.finish().bytes();
    }
    try (Table table = new Table(disk, PATH, IDENTITY, bytes, 0, cache)) {
      List<RangeTombstone> read = table.tombstones().ranges();
      assertEquals(2, read.size());
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(ranges.get(i).from(), read.get(i).from());
        assertArrayEquals(ranges.get(i).to(), read.get(i).to());
        assertEquals(ranges.get(i).sequence(), read.get(i).sequence());
      }
      TableCursor cursor = cursor(table);
      cursor.first();
      assertFalse(cursor.isValid());
      cursor.last();
      assertFalse(cursor.isValid());
    }
  }

  @Test
  void compressedBlocksTakeLessRoomAndAreKeptUnpacked() {
    EntryModel model = new EntryModel();
    for (int i = 0; i < 2_000; i++) {
      model.add(key(i), Tag.of(i + 1, Tag.PUT), new byte[50]);
    }
    long plain = write(Path.of("/plain"), model, new TableShape(1000, 10));
    for (Compression compression : List.of(Compression.LZ4, Compression.ZSTD)) {
      Path path = Path.of("/" + compression);
      freeCache();
      cache = new BlockCache(64 << 10, 1000);
      long bytes = write(path, model, new TableShape(1000, 10, true, compression));
      assertTrue(bytes < plain / 2, compression + ": " + bytes + " of " + plain);
      try (Table table = new Table(disk, path, IDENTITY, bytes, 0, cache)) {
        Lookup lookup = new Lookup();
        for (int round = 0; round < 2; round++) {
          lookup.start(MemorySegment.ofArray(key(7)), 0, 16);
          assertTrue(table.find(lookup, Tag.FIRST));
          lookup.end();
        }
        assertEquals(1, cache.hits());
        assertEquals(1, cache.misses());
      }
    }
  }

  @Test
  void everyFlippedByteIsReportedOrHarmless() {
    damageEveryByte(new TableShape(512, 10), 120);
  }

  @Test
  void everyFlippedByteOfACompressedTableIsReportedOrHarmless() {
    damageEveryByte(new TableShape(512, 10, true, Compression.ZSTD), 60);
  }

  private void damageEveryByte(TableShape shape, int entries) {
    EntryModel model = EntryModel.random(5, entries);
    long bytes = write(PATH, model, shape);
    byte[] content = new byte[(int) bytes];
    try (DiskFile file = disk.open(PATH, OpenMode.READ)) {
      file.read(0, MemorySegment.ofArray(content), 0, content.length);
    }
    int reported = 0;
    for (int at = 0; at < bytes; at++) {
      byte[] damaged = content.clone();
      damaged[at] ^= (byte) (1 << (at & 7));
      Path path = Path.of("/damaged-" + at);
      create(path, damaged);
      try (Table table = new Table(disk, path, IDENTITY, bytes, 0, cache)) {
        table.verify();
        model.check(cursor(table), at);
        checkFinds(model, table, at);
      } catch (StorageException.Corrupt e) {
        assertEquals(path, e.file());
        reported++;
      } catch (StorageException.UnsupportedFormat e) {
        reported++;
      }
      disk.delete(path);
    }
    assertTrue(reported > bytes * 8 / 10, reported + " of " + bytes);
  }

  @Test
  void anotherTablesBytesAreRefused() {
    long bytes = write(PATH, EntryModel.random(1, 50), new TableShape(512, 10));
    assertThrows(
        StorageException.Corrupt.class, () -> new Table(disk, PATH, IDENTITY + 1, bytes, 0, cache));
    assertThrows(
        StorageException.Corrupt.class, () -> new Table(disk, PATH, IDENTITY, bytes + 1, 0, cache));
    assertThrows(
        StorageException.Io.class,
        () -> new Table(disk, Path.of("/none"), IDENTITY, bytes, 0, cache));
  }

  private long write(Path path, EntryModel model, TableShape shape) {
    try (FilterMemory filters = new FilterMemory(new AtomicLong());
        TableWriter writer =
            new TableWriter(disk, path, IDENTITY, shape, ByteCause.FLUSH, filters);
        Arena arena = Arena.ofConfined()) {
      AtomicReference<byte[]> last = new AtomicReference<>();
      model.inOrder(
          (key, tag, value) -> {
            boolean isNewKey = !Arrays.equals(key, last.getAndSet(key));
            MemorySegment mine = copy(arena, key);
            writer.add(mine, 0, key.length, isNewKey, tag, copy(arena, value), 0, value.length);
          });
      return writer.finish().bytes();
    }
  }

  private void create(Path path, byte[] content) {
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(content), 0, content.length, ByteCause.OTHER);
    }
  }

  private static MemorySegment copy(Arena arena, byte[] bytes) {
    MemorySegment copy = arena.allocate(Math.max(1, bytes.length));
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return copy;
  }

  private static void checkFinds(EntryModel model, Table table, long seed) {
    Lookup lookup = new Lookup();
    Random random = new Random(seed);
    for (byte[] key : model.keys()) {
      lookup.start(MemorySegment.ofArray(key), 0, key.length);
      assertTrue(table.mayContain(lookup));
      long newest = model.newest(key, Tag.FIRST);
      long from = random.nextBoolean() ? Tag.FIRST : newest - random.nextInt(8);
      long expected = model.newest(key, from);
      assertEquals(expected >= 0, table.find(lookup, from));
      if (expected >= 0) {
        assertEquals(expected, lookup.tag());
        assertEquals(
            -1,
            model
                .value(key, expected)
                .mismatch(
                    lookup.valueSegment().asSlice(lookup.valueOffset(), lookup.valueLength())));
      }
      byte[] absent = Arrays.copyOf(key, key.length + 1 + random.nextInt(3));
      lookup.start(MemorySegment.ofArray(absent), 0, absent.length);
      long absentTag = model.newest(absent, Tag.FIRST);
      assertEquals(absentTag >= 0, table.mayContain(lookup) && table.find(lookup, Tag.FIRST));
    }
  }

  private static TableCursor cursor(Table table) {
    Readahead ahead = new Readahead(new Readahead.Allowance(0), Readahead.BLOCKS);
    return new TableCursor(run(table), true, new LongAdder(), ahead);
  }

  static TableCursor.Run run(Table table) {
    return new TableCursor.Run() {
      @Override
      public int size() {
        return 1;
      }

      @Override
      public Table table(int ordinal) {
        return table;
      }

      @Override
      public int tableOf(MemorySegment key, long offset, int length) {
        return 0;
      }

      @Override
      public long sequenceMax() {
        return table.sequenceMax();
      }

      @Override
      public BlobSource blobs() {
        throw new AssertionError("no value of this table is elsewhere");
      }
    };
  }

  private static byte[] key(int i) {
    return String.format("%016d", i).getBytes(StandardCharsets.US_ASCII);
  }
}
