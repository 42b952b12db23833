package dev.plinth.bench.workload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FolderTreeTest {
  @TempDir Path folder;
  private byte[] large;

  @BeforeEach
  void makeTree() throws IOException {
    large = new byte[2 * FolderTree.PART_BYTES + 5];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) (i * 31 + i / 1_000);
    }
    Files.createDirectories(folder.resolve("b/c"));
    Files.write(folder.resolve("b/c/large"), large);
    Files.writeString(folder.resolve("a"), "hello");
    Files.createFile(folder.resolve("b/empty"));
    Files.createSymbolicLink(folder.resolve("link"), folder.resolve("a"));
  }

  @Test
  void filesBecomeEntriesInOrderAndLargeOnesParts() {
    FolderTree tree = FolderTree.of(folder);
    List<String> keys =
        tree.parts().stream().map(part -> new String(part.key(), StandardCharsets.UTF_8)).toList();
    assertEquals(
        List.of(
            "a", "b/c/large", "b/c/large\0" + "00000001", "b/c/large\0" + "00000002", "b/empty"),
        keys);
    assertEquals(1, tree.skipped());
    assertEquals(keys.stream().mapToInt(String::length).sum() + large.length + 5L, tree.bytes());
  }

  @Test
  void partsGiveTheContent() {
    MemorySegment buffer = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);
    FolderTree.Part last = FolderTree.of(folder).parts().get(3);
    FolderTree.read(last, buffer);
    byte[] found = buffer.asSlice(0, last.length()).toArray(ValueLayout.JAVA_BYTE);
    assertArrayEquals(Arrays.copyOfRange(large, large.length - 5, large.length), found);
  }

  @Test
  void aFileThatBecameShorterIsAnError() throws IOException {
    FolderTree tree = FolderTree.of(folder);
    Files.writeString(folder.resolve("a"), "h");
    MemorySegment buffer = Arena.ofAuto().allocate(FolderTree.PART_BYTES, 8);
    assertThrows(
        UncheckedIOException.class, () -> FolderTree.read(tree.parts().getFirst(), buffer));
  }
}
