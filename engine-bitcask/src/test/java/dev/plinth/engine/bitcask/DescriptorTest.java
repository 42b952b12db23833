package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sealed files are read through mappings, which need no descriptor: a store of any size keeps a
/// handful open, so there is no option that bounds them.
class DescriptorTest {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  @TempDir Path folder;

  private long open() throws IOException {
    Path real = folder.toRealPath();
    try (Stream<Path> all = Files.list(DESCRIPTORS)) {
      return all.filter(descriptor -> pointsInto(descriptor, real)).count();
    }
  }

  private static boolean pointsInto(Path descriptor, Path real) {
    try {
      return Files.readSymbolicLink(descriptor).startsWith(real);
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aStoreOfManyFilesKeepsAHandfulOpen() throws IOException {
    Assumptions.assumeTrue(Files.isDirectory(DESCRIPTORS), "descriptors are counted on Linux");
    Map<String, String> options = Map.of("engine", "bitcask", "file.bytes.max", "4KiB");
    for (int round = 0; round < 2; round++) {
      try (Engine engine = Engines.open(folder.resolve("s"), options)) {
        for (int i = 0; i < 600; i++) {
          engine.put(
              new byte[] {(byte) round, (byte) (i >> 8), (byte) i},
              new byte[1000],
              Durability.WRITTEN);
        }
        assertTrue(engine.stats().details().get("dataFiles") > 100);
        assertTrue(open() <= 20, "too many descriptors are open");
      }
      assertEquals(0, open());
    }
  }
}
