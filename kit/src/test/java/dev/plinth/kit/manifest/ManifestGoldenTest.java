package dev.plinth.kit.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Files of version 1 that must be read for ever: a snapshot of four parts, two edits, a close.
final class ManifestGoldenTest {
  private static final Path FOLDER = Path.of("/store");
  private static final long STORE = 0x0123_4567_89ab_cdefL;

  private static SimDisk disk() throws Exception {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    for (String name : List.of("CURRENT", "MANIFEST-0000000000000002")) {
      try (InputStream in = ManifestGoldenTest.class.getResourceAsStream("golden-1/" + name);
          DiskFile file = disk.open(FOLDER.resolve(name), OpenMode.CREATE)) {
        byte[] bytes = in.readAllBytes();
        file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
      }
    }
    return disk;
  }

  private static List<String> read(SimDisk disk, long store) {
    List<String> edits = new ArrayList<>();
    ManifestLog.open(
            disk,
            FOLDER,
            store,
            1 << 20,
            (segment, offset, length) ->
                edits.add(
                    new String(
                        segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.US_ASCII)),
            target -> {})
        .close();
    return edits;
  }

  @Test
  void versionOneIsRead() throws Exception {
    assertEquals(List.of("one", "two", "three", "four", "five", "six"), read(disk(), STORE));
  }

  @Test
  void anotherStoresManifestIsRefused() throws Exception {
    SimDisk disk = disk();
    assertThrows(StorageException.Corrupt.class, () -> read(disk, STORE + 1));
  }
}
