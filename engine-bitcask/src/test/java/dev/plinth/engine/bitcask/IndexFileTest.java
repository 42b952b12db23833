package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StateDigest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    return BitcaskEngine.open(
        store,
        EngineOptions.of(
            BitcaskOptions.specs(),
            Map.of("index.file.keys.min", keysMin, "file.bytes.max", "64KiB", "merge", "off")),
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
}
