package dev.plinth.bench.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Control groups exist for some users on some systems only; dropping works on Linux.
final class MemoryGroupTest {
  private static final long LIMIT = 64L << 20;

  @TempDir Path folder;

  @Test
  void aProcessIsStartedWithinTheLimitAndTheGroupVanishes() throws Exception {
    Optional<MemoryGroup> made = MemoryGroup.make(LIMIT);
    assumeTrue(made.isPresent(), "this user may make no control group");
    MemoryGroup group = made.get();
    Path left = group.folder();
    try (group) {
      Process process =
          new ProcessBuilder(group.command(List.of("/bin/cat", "/proc/self/cgroup"))).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor());
      assertTrue(said.contains(left.getFileName().toString()), said);
      assertTrue(limit(left).contains(Long.toString(LIMIT)), limit(left));
      MemoryGroup.lift(left);
      assertFalse(limit(left).contains(Long.toString(LIMIT)), limit(left));
    }
    assertFalse(Files.exists(left));
  }

  @Test
  void droppedFilesKeepTheirContent() throws IOException {
    Path file = folder.resolve("deep").resolve("file");
    Files.createDirectories(file.getParent());
    byte[] content = new byte[3 << 20];
    content[77] = 7;
    Files.write(file, content);
    NativeFiles.syncFileSystem(folder);
    assumeTrue(PageCache.canDrop(), "not Linux");
    assertTrue(PageCache.drop(folder));
    assertEquals(-1, java.util.Arrays.mismatch(content, Files.readAllBytes(file)));
    assertTrue(PageCache.drop(folder.resolve("none")));
  }

  private static String limit(Path group) throws IOException {
    Path second = group.resolve("memory.max");
    return Files.readString(Files.exists(second) ? second : group.resolve("memory.limit_in_bytes"));
  }
}
