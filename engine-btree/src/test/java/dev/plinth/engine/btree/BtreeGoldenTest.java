package dev.plinth.engine.btree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A store of version 1 that must be read for ever: pages of 1 KiB, two levels, a long value, an
/// applied index, and a redo log with one batch that the tree lacks.
final class BtreeGoldenTest {
  private static final Path STORE = Path.of("/store");
  private static final String[] FILES = {
    "IDENTITY", "TREE", "0000000000000002.log", "0000000000000003.log"
  };

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] longValue() {
    byte[] value = new byte[2500];
    Arrays.fill(value, (byte) 'v');
    return value;
  }

  @Test
  void versionOneIsRead() throws Exception {
    SimDisk disk = new SimDisk();
    disk.createDirectories(STORE);
    for (String name : FILES) {
      try (InputStream in = BtreeGoldenTest.class.getResourceAsStream("golden-1/" + name);
          DiskFile file = disk.open(STORE.resolve(name), OpenMode.CREATE)) {
        byte[] content = in.readAllBytes();
        file.write(0, MemorySegment.ofArray(content), 0, content.length, ByteCause.OTHER);
      }
    }
    EngineEnvironment environment = EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {});
    try (Engine engine =
        Engines.open(STORE, Map.of("engine", "btree", "checked", "on"), environment)) {
      for (int i = 0; i < 60; i++) {
        assertArrayEquals(bytes("value-" + i), engine.get(bytes(String.format("key-%03d", i))));
      }
      assertArrayEquals(longValue(), engine.get(bytes("long")));
      assertArrayEquals(bytes("only"), engine.get(bytes("logged")));
      assertEquals(4711, engine.appliedIndex(5));
      assertEquals(4712, engine.appliedIndex(6));
      assertEquals(62, engine.verify().entries());
      assertEquals(63, engine.sequence());
    }
  }
}
