package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stores of every version that was ever written stay readable. The store of version 1 was made by
/// puts, a compaction, deletes, a range delete, a value larger than a block, a batch with an
/// applied index, and one more put that is in the log alone; its blocks are compressed.
final class GoldenStoreTest {
  private static final List<String> FILES =
      List.of(
          "0000000000000002.log",
          "000000000004.table",
          "CURRENT",
          "IDENTITY",
          "MANIFEST-0000000000000001");

  @TempDir Path folder;

  @Test
  void aStoreOfVersion1IsRead() throws IOException {
    for (String name : FILES) {
      try (InputStream in = getClass().getResourceAsStream("store-v1/" + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
    try (Engine engine = Engines.open(folder, Map.of("engine", "lsm-leveled"))) {
      assertEquals("2042e40c0b41cdbc8728f1b51bdbd491-83", engine.digest().toString());
      assertEquals(120, engine.sequence());
      assertEquals(1234, engine.appliedIndex(5));
      assertEquals(83, engine.verify().entries());
    }
  }
}
