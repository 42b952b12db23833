package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stores of every version that was ever written stay readable. The store of version 1 was made by
/// puts, a compaction, deletes, a range delete, a value larger than a block, a batch with an
/// applied index, and one more put that is in the log alone; its blocks are compressed. That of
/// version 2 was made likewise with values from 100 bytes on in blob files, compressed ones among
/// them.
final class GoldenStoreTest {
  @TempDir Path folder;

  @Test
  void aStoreOfVersion1IsRead() throws IOException {
    copy(
        "store-v1",
        "0000000000000002.log",
        "000000000004.table",
        "CURRENT",
        "IDENTITY",
        "MANIFEST-0000000000000001");
    check("2042e40c0b41cdbc8728f1b51bdbd491-83", 120);
  }

  @Test
  void aStoreOfVersion2IsRead() throws IOException {
    copy(
        "store-v2",
        "0000000000000002.log",
        "000000000002.blob",
        "000000000003.table",
        "000000000004.table",
        "000000000005.blob",
        "CURRENT",
        "IDENTITY",
        "MANIFEST-0000000000000001");
    check("8e8d8cc3845c2f1d5a7baef6379857ae-51", 82);
  }

  private void copy(String store, String... files) throws IOException {
    for (String name : files) {
      try (InputStream in = getClass().getResourceAsStream(store + "/" + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
  }

  private void check(String digest, long sequence) {
    try (Engine engine = Engines.open(folder, Map.of("engine", "lsm-leveled"))) {
      assertEquals(digest, engine.digest().toString());
      assertEquals(sequence, engine.sequence());
      assertEquals(1234, engine.appliedIndex(5));
      assertEquals(engine.digest().entries(), engine.verify().entries());
    }
  }
}
