package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.WriteBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ordered index against a tree map: keys of all shapes, both ways, frozen states, range
/// deletes, merges and reopening.
class OrderedEngineTest {
  private static final Map<String, String> OPTIONS =
      Map.of("index", "ordered", "file.bytes.max", "256KiB", "merge.garbage.min", "0.3");

  @TempDir Path folder;
  private BitcaskEngine engine;
  private final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

  @BeforeEach
  void open() {
    engine =
        BitcaskEngine.open(
            folder.resolve("s"),
            EngineOptions.of(BitcaskOptions.specs(), OPTIONS),
            EngineEnvironment.standard());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void put(byte[] key, long value) {
    byte[] bytes = ByteBuffer.allocate(8).putLong(value).array();
    engine.put(key, bytes, Durability.WRITTEN);
    model.put(key, bytes);
  }

  private void delete(byte[] key) {
    engine.delete(key, Durability.WRITTEN);
    model.remove(key);
  }

  private void deleteRange(byte[] from, byte[] to) {
    engine.deleteRange(KeyRange.of(from, to), Durability.WRITTEN);
    model.subMap(from, true, to, false).clear();
  }

  private static void check(Cursor cursor, NavigableMap<byte[], byte[]> expected) {
    for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
      assertTrue(cursor.next());
      assertArrayEquals(entry.getKey(), cursor.key());
      assertArrayEquals(entry.getValue(), cursor.value());
    }
    assertFalse(cursor.next());
    for (Map.Entry<byte[], byte[]> entry : expected.descendingMap().entrySet()) {
      assertTrue(cursor.previous());
      assertArrayEquals(entry.getKey(), cursor.key());
    }
    assertFalse(cursor.previous());
  }

  private void checkAll() {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      check(cursor, model);
    }
    assertEquals(model.size(), engine.verify().entries());
  }

  /// Keys that are short, long, prefixes of one another, alike for long stretches, or random.
  private static byte[] key(SplittableRandom random) {
    int n = random.nextInt(3_000);
    return switch (random.nextInt(5)) {
      case 0 -> Arrays.copyOf(new byte[] {(byte) n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 1 + n % 12);
      case 1 -> ("a/rather/long/path/that/all/share/" + n).getBytes(StandardCharsets.UTF_8);
      case 2 -> ByteBuffer.allocate(16).putLong(7).putLong(n).array();
      case 3 -> ByteBuffer.allocate(8).putLong(n * 0x9e3779b97f4a7c15L).array();
      default -> ("a/rather/long/path" + "/x".repeat(n % 300)).getBytes(StandardCharsets.UTF_8);
    };
  }

  @Test
  void showsWhatATreeMapShows() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 40_000; i++) {
      boolean shrinking = i / 10_000 % 2 == 1;
      int choice = random.nextInt(20);
      if (choice == 0 && i % 50 == 0) {
        byte[] a = key(random);
        byte[] b = key(random);
        boolean ascending = Arrays.compareUnsigned(a, b) < 0;
        deleteRange(ascending ? a : b, ascending ? b : a);
      } else if (choice < (shrinking ? 14 : 4)) {
        delete(key(random));
      } else {
        put(key(random), i);
      }
      if (i % 4_000 == 3_999) {
        checkAll();
      }
    }
    engine.compact(KeyRange.all());
    checkAll();
    close();
    open();
    checkAll();
  }

  @Test
  void seeksToBothSides() {
    SplittableRandom random = new SplittableRandom(6);
    for (int i = 0; i < 5_000; i++) {
      put(key(random), i);
    }
    for (int i = 0; i < 200; i++) {
      byte[] a = key(random);
      byte[] b = key(random);
      boolean ascending = Arrays.compareUnsigned(a, b) <= 0;
      KeyRange range = KeyRange.of(ascending ? a : b, ascending ? b : a);
      NavigableMap<byte[], byte[]> inside =
          model.subMap(ascending ? a : b, true, ascending ? b : a, false);
      try (Cursor cursor = engine.cursor(range)) {
        for (int n = 0; n < 20; n++) {
          byte[] key = key(random);
          byte[] ceiling = inside.ceilingKey(key);
          assertEquals(ceiling != null, cursor.seek(key));
          assertArrayEquals(ceiling, cursor.isValid() ? cursor.key() : null);
          byte[] floor = inside.floorKey(key);
          assertEquals(floor != null, cursor.seekAtOrBefore(key));
          assertArrayEquals(floor, cursor.isValid() ? cursor.key() : null);
        }
      }
    }
  }

  @Test
  void frozenStatesStayAsTheyWereAndTheirLeavesAreFreed() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 4_000; i++) {
      put(key(random), i);
    }
    record Frozen(Snapshot snapshot, Cursor cursor, NavigableMap<byte[], byte[]> content) {}
    List<Frozen> frozen = new ArrayList<>();
    for (int round = 0; round < 12; round++) {
      TreeMap<byte[], byte[]> copy = new TreeMap<>(model);
      frozen.add(new Frozen(engine.snapshot(), engine.cursor(KeyRange.all()), copy));
      for (int i = 0; i < 1_500; i++) {
        if (i % 3 == 0) {
          delete(key(random));
        } else {
          put(key(random), i);
        }
      }
      Frozen one = frozen.get(random.nextInt(frozen.size()));
      check(one.cursor, one.content);
      try (Cursor cursor = one.snapshot.cursor(KeyRange.all())) {
        check(cursor, one.content);
      }
      byte[] key = key(random);
      assertArrayEquals(one.content.get(key), one.snapshot.get(key));
      if (round % 3 == 2) {
        Frozen gone = frozen.remove(random.nextInt(frozen.size()));
        gone.snapshot.close();
        gone.cursor.close();
      }
    }
    assertTrue(engine.parts().live.ordered().pinnedBytes() > 0);
    assertEquals(0, engine.stats().details().get("snapshotTableBytes"));
    for (Frozen one : frozen) {
      check(one.cursor, one.content);
      one.snapshot.close();
      one.cursor.close();
    }
    assertEquals(0, engine.parts().live.ordered().pinnedBytes());
    checkAll();
  }

  @Test
  void aLogIsAppendedToAndTruncatedAtBothEnds() {
    long first = 0;
    long next = 0;
    for (int round = 0; round < 20; round++) {
      WriteBatch batch = new WriteBatch(1 << 20);
      for (int i = 0; i < 2_000; i++) {
        byte[] key = ByteBuffer.allocate(16).putLong(3).putLong(next++).array();
        batch.put(key, key);
        model.put(key, key);
      }
      engine.write(batch, Durability.WRITTEN);
      long suffix = next - 150;
      long prefix = Math.max(first, next - 5_000);
      deleteRange(entry(suffix), entry(Long.MAX_VALUE));
      deleteRange(entry(0), entry(prefix));
      next = suffix;
      first = prefix;
      checkAll();
    }
    long leaves = engine.parts().live.ordered().bytes() / OrderedLeaf.BYTES;
    assertTrue(leaves < 60, () -> leaves + " leaves for 5,000 keys");
    assertNull(engine.get(entry(next)));
  }

  private static byte[] entry(long index) {
    return ByteBuffer.allocate(16).putLong(3).putLong(index).array();
  }

  @Test
  void anExpiredSnapshotSaysSo() {
    Engine same = engine;
    put(new byte[] {1}, 1);
    try (Snapshot snapshot = same.snapshot();
        Cursor cursor = snapshot.cursor(KeyRange.all())) {
      assertTrue(cursor.first());
      assertTrue(engine.parts().snapshots.expireOldest());
      assertTrue(engine.parts().snapshots.expireOldest());
      assertFalse(engine.parts().snapshots.expireOldest());
      org.junit.jupiter.api.Assertions.assertThrows(
          dev.plinth.spi.StorageException.SnapshotExpired.class, cursor::next);
      org.junit.jupiter.api.Assertions.assertThrows(
          dev.plinth.spi.StorageException.SnapshotExpired.class,
          () -> snapshot.get(new byte[] {1}));
    }
  }
}
