package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file `INDEX`: the same state as from hints, and of no effect when it is damaged or of
/// another state.
class IndexFileTest {
  @TempDir Path folder;
  private Path store;
  private Path index;
  private final List<EngineEvent> events = new ArrayList<>();
  private StateDigest digest;
  private long garbage;

  private BitcaskEngine open(String keysMin) {
    return open(keysMin, "hash");
  }

  private BitcaskEngine open(String keysMin, String kind) {
    return BitcaskEngine.open(
        store,
        EngineOptions.of(
            BitcaskOptions.specs(),
            Map.of(
                "index.file.keys.min",
                keysMin,
                "file.bytes.max",
                "64KiB",
                "merge",
                "off",
                "index",
                kind)),
        EngineEnvironment.standard().withEvents(events::add));
  }

  @BeforeEach
  void fill() {
    store = folder.resolve("s");
    index = store.resolve(IndexFileFormat.NAME);
    try (BitcaskEngine engine = open("0")) {
      SplittableRandom random = new SplittableRandom(1);
      for (int i = 0; i < 12_000; i++) {
        byte[] key = ByteBuffer.allocate(8).putLong(random.nextInt(8_000)).array();
        if (i % 5 == 0) {
          engine.delete(key, Durability.WRITTEN);
        } else {
          engine.put(key, new byte[i % 40], Durability.WRITTEN);
        }
      }
      engine.parts().rollAndSeal();
      digest = engine.digest();
      garbage = garbage(engine);
    }
    assertTrue(Files.exists(index));
  }

  private static long garbage(BitcaskEngine engine) {
    return engine.parts().table.all().stream()
        .filter(DataFile::isSealed)
        .mapToLong(file -> 3 * file.garbageBytes(false) + file.tombstoneBytes())
        .sum();
  }

  private void check(String keysMin, long fromIndexFile) {
    try (BitcaskEngine engine = open(keysMin)) {
      assertFalse(Files.exists(index));
      assertEquals(fromIndexFile, engine.stats().details().get("openedFromIndexFile"));
      assertEquals(digest, engine.digest());
      assertEquals(garbage, garbage(engine));
      String text = digest.toString();
      long entries = Long.parseLong(text.substring(text.indexOf('-') + 1));
      assertEquals(entries, engine.verify().entries());
    }
  }

  @Test
  void bringsTheIndexAndItsCountsBack() {
    check("0", 1);
    assertFalse(events.stream().anyMatch(event -> event instanceof EngineEvent.Damaged));
    check("1000000", 1);
    assertFalse(Files.exists(index));
    check("0", 0);
  }

  @Test
  void isNotUsedWhenABitOfItIsTurned() throws IOException {
    byte[] good = Files.readAllBytes(index);
    for (int at : List.of(0, 9, 30, 70, 200, good.length / 2, good.length - 1)) {
      byte[] bad = good.clone();
      bad[at] ^= 16;
      Files.write(index, bad);
      events.clear();
      check("0", 0);
      assertTrue(events.stream().anyMatch(event -> event instanceof EngineEvent.Damaged));
    }
    Files.write(index, new byte[10]);
    check("0", 0);
  }

  @Test
  void isNotUsedForAnotherState() throws IOException {
    byte[] old = Files.readAllBytes(index);
    byte[] key = {1, 2, 3};
    try (BitcaskEngine engine = open("0")) {
      engine.put(key, key, Durability.WRITTEN);
    }
    Files.write(index, old);
    try (BitcaskEngine engine = open("0")) {
      assertEquals(3, engine.get(key).length);
    }
    Files.write(index, old);
    Files.write(store.resolve(IndexFileFormat.UNFINISHED), old);
    try (BitcaskEngine engine = open("0")) {
      assertEquals(3, engine.get(key).length);
      assertFalse(Files.exists(store.resolve(IndexFileFormat.UNFINISHED)));
    }
  }

  @Test
  void bringsTheOrderedIndexBack() {
    List<String> before = ordered("hash", 1, 0);
    assertEquals(before, ordered("ordered", 1, 0));
    assertEquals(before, ordered("ordered", 1, 1));
    assertEquals(before, ordered("hash", 1, 0));
    assertFalse(events.stream().anyMatch(event -> event instanceof EngineEvent.Damaged));
  }

  private List<String> ordered(String kind, long hashFromFile, long orderedFromFile) {
    List<String> keys = new ArrayList<>();
    try (BitcaskEngine engine = open("0", kind)) {
      assertEquals(hashFromFile, engine.stats().details().get("openedFromIndexFile"));
      assertEquals(orderedFromFile, engine.stats().details().get("orderedFromIndexFile"));
      assertEquals(digest, engine.digest());
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        for (boolean at = cursor.first(); at; at = cursor.next()) {
          keys.add(Arrays.toString(cursor.key()));
        }
      }
    }
    return keys;
  }

  @Test
  void readsTheVersionBefore() throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(Files.readAllBytes(index));
    assertEquals(IndexFileFormat.VERSION, bytes.get(Layouts.INT, 8));
    assertEquals(0, bytes.get(Layouts.INT, IndexFileFormat.LEAVES));
    bytes.set(Layouts.INT, 8, IndexFileFormat.VERSION_WITHOUT_LEAVES);
    long end = bytes.byteSize() - IndexFileFormat.FOOTER_BYTES;
    bytes.set(Layouts.INT, end, Crc32c.of(IndexFileFormat.MAGIC, bytes, 0, end));
    Files.write(index, bytes.toArray(ValueLayout.JAVA_BYTE));
    check("0", 1);
  }
}
