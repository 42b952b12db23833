package dev.plinth.engine.bitcask;

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
/// puts, deletes, a range delete, a compaction and a batch with an applied index.
class GoldenStoreTest {
  private static final List<String> FILES =
      List.of(
          "00000002.data",
          "00000002.hint",
          "00000003.data",
          "00000003.hint",
          "CURRENT",
          "IDENTITY",
          "MANIFEST-0000000000000001");

  @TempDir Path folder;

  @Test
  void aStoreOfVersion1IsReadFromItsHints() throws IOException {
    copy(FILES);
    check(0);
  }

  @Test
  void anIndexFileOfVersion1IsRead() throws IOException {
    copy(FILES);
    copy(List.of("INDEX"));
    check(1);
  }

  @Test
  void aStoreOfVersion1IsReadFromItsDataFilesAlone() throws IOException {
    copy(FILES.stream().filter(name -> !name.endsWith(".hint")).toList());
    check(0);
  }

  /// Data files of version 2, with values packed by LZ4 and by Zstandard, merged and not.
  @Test
  void aStoreWithPackedValuesIsRead() throws IOException {
    List<String> names =
        List.of(
            "00000002.data",
            "00000003.data",
            "00000004.data",
            "CURRENT",
            "IDENTITY",
            "MANIFEST-0000000000000001");
    copy("store-v2/", names);
    try (Engine engine = Engines.open(folder, Map.of("engine", "bitcask", "merge", "off"))) {
      assertEquals("612577c77baaefddfb307ccc18af7258-89", engine.digest().toString());
      assertEquals(106, engine.sequence());
      assertEquals(1234, engine.appliedIndex(5));
      assertEquals(89, engine.verify().entries());
    }
  }

  private void check(long fromIndexFile) {
    try (Engine engine = Engines.open(folder, Map.of("engine", "bitcask", "merge", "off"))) {
      assertEquals("fbe3f77a8f6aedf2867e1908ec43b393-77", engine.digest().toString());
      assertEquals(fromIndexFile, engine.stats().details().get("openedFromIndexFile"));
      assertEquals(122, engine.sequence());
      assertEquals(1234, engine.appliedIndex(5));
      assertEquals(77, engine.verify().entries());
    }
  }

  private void copy(List<String> names) throws IOException {
    copy("store-v1/", names);
  }

  private void copy(String store, List<String> names) throws IOException {
    for (String name : names) {
      try (InputStream in = getClass().getResourceAsStream(store + name)) {
        Files.copy(in, folder.resolve(name));
      }
    }
  }
}
