package dev.plinth.bench.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
final class NativeFilesTest {
  @TempDir Path folder;

  @Test
  void holesTakeNoRoom() throws IOException {
    Path file = folder.resolve("holes");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(64 << 20);
      sparse.write(new byte[10_000]);
    }
    assertTrue(NativeFiles.syncFileSystem(folder));
    long allocated = NativeFiles.allocatedBytes(file);
    assertTrue(allocated >= 10_000 && allocated < 1 << 20, "allocated: " + allocated);
    assertEquals(allocated, DirectorySize.bytes(folder));
  }

  @Test
  void whatIsNotThereTakesNoRoom() {
    assertEquals(-1, NativeFiles.allocatedBytes(folder.resolve("none")));
    assertEquals(0, DirectorySize.bytes(folder.resolve("none")));
  }

  @Test
  void foldersWithinCount() throws IOException {
    Files.createDirectories(folder.resolve("a/b"));
    Files.write(folder.resolve("a/b/c"), new byte[5_000]);
    Files.write(folder.resolve("d"), new byte[5_000]);
    NativeFiles.syncFileSystem(folder);
    assertTrue(DirectorySize.bytes(folder) >= 10_000);
  }
}
