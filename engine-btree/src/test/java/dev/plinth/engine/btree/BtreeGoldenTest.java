package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Stores of every version that must be read for ever: pages of 1 KiB, two levels, a long value, an
/// applied index, and a redo log with one batch that the tree lacks; version 2 with long keys, also
/// in its inner page.
final class BtreeGoldenTest {
  private static final Path STORE = Path.of("/store");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] longValue() {
    byte[] value = new byte[2500];
    Arrays.fill(value, (byte) 'v');
    return value;
  }

  private static byte[] longKey(int number) {
    byte[] key = new byte[900];
    Arrays.fill(key, (byte) 'k');
    System.arraycopy(bytes(String.format("%06d", number)), 0, key, 894, 6);
    return key;
  }

  private static Engine open(String golden, String... logs) throws IOException {
    SimDisk disk = new SimDisk();
    disk.createDirectories(STORE);
    List<String> names = new ArrayList<>(List.of("IDENTITY", "TREE"));
    names.addAll(List.of(logs));
    for (String name : names) {
      try (InputStream in = BtreeGoldenTest.class.getResourceAsStream(golden + "/" + name);
          DiskFile file = disk.open(STORE.resolve(name), OpenMode.CREATE)) {
        byte[] content = in.readAllBytes();
        file.write(0, MemorySegment.ofArray(content), 0, content.length, ByteCause.OTHER);
      }
    }
    EngineEnvironment environment = EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {});
    return Engines.open(STORE, Map.of("engine", "btree", "checked", "on"), environment);
  }

  private static void requireCommon(Engine engine) {
    for (int i = 0; i < 60; i++) {
      assertArrayEquals(bytes("value-" + i), engine.get(bytes(String.format("key-%03d", i))));
    }
    assertArrayEquals(longValue(), engine.get(bytes("long")));
    assertEquals(4711, engine.appliedIndex(5));
    assertEquals(4712, engine.appliedIndex(6));
  }

  @Test
  void versionOneIsReadAndTakesLongKeys() throws IOException {
    try (Engine engine = open("golden-1", "0000000000000002.log", "0000000000000003.log")) {
      requireCommon(engine);
      assertArrayEquals(bytes("only"), engine.get(bytes("logged")));
      assertEquals(62, engine.verify().entries());
      assertEquals(63, engine.sequence());
      for (int i = 0; i < 30; i++) {
        engine.put(longKey(i), bytes("new"), Durability.BUFFERED);
      }
      engine.flush();
      requireCommon(engine);
      assertEquals(92, engine.verify().entries());
    }
  }

  @Test
  void versionTwoIsRead() throws IOException {
    try (Engine engine = open("golden-2", "0000000000000008.log", "0000000000000009.log")) {
      requireCommon(engine);
      for (int i = 0; i < 24; i++) {
        assertArrayEquals(bytes("long-" + i), engine.get(longKey(i)));
      }
      assertArrayEquals(bytes("five"), engine.get(bytes("group")));
      assertArrayEquals(bytes("only"), engine.get(longKey(99)));
      assertEquals(87, engine.verify().entries());
      assertEquals(87, engine.sequence());
    }
  }
}
