package dev.plinth.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.cache.BlockCache;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class VersionEditTest {
  private static final BlobMeta BLOB = new BlobMeta(7, -3, 1048, 1000);

  @Test
  void anEditWithoutBlobFilesStaysInVersion1() {
    VersionEdit edit = edit(List.of(table(3)), List.of(2L), List.of());
    assertEquals(1, edit.encode()[0]);
    assertEquals(edit, decode(edit.encode()));
  }

  @Test
  void blobFilesAndReferencesAreKept() {
    VersionEdit edit = edit(List.of(table(3), table(4, 7, 5)), List.of(2L), List.of(BLOB));
    byte[] bytes = edit.encode();
    assertEquals(2, bytes[0]);
    assertEquals(edit, decode(bytes));
    for (int length = 0; length < bytes.length; length++) {
      assertNull(decode(Arrays.copyOf(bytes, length)), "cut to " + length);
    }
  }

  @Test
  void aLaterVersionIsKnownAsSuch() {
    byte[] bytes = edit(List.of(), List.of(), List.of(BLOB)).encode();
    assertFalse(VersionEdit.isUnknown(MemorySegment.ofArray(bytes), 0, bytes.length));
    bytes[0] = 3;
    assertTrue(VersionEdit.isUnknown(MemorySegment.ofArray(bytes), 0, bytes.length));
    assertNull(decode(bytes));
  }

  @Test
  void aBlobFileGoesWithTheLastTableThatRefersToIt() {
    try (BlockCache cache = new BlockCache(0, 4096)) {
      VersionSet versions = new VersionSet(new SimDisk(), Path.of("/store"), 1, cache);
      BlobMeta other = new BlobMeta(8, 0, 148, 100);
      List<TableMeta> two = List.of(table(3, 7, 8), table(4, 7));
      assertNull(versions.recover(edit(two, List.of(), List.of(BLOB, other))));
      assertEquals(Set.of(7L, 8L), versions.blobNumbers());
      assertNull(versions.recover(edit(List.of(table(5, 7)), List.of(3L), List.of())));
      assertEquals(Set.of(7L), versions.blobNumbers());
      assertEquals(decode(versions.snapshot().encode()), versions.snapshot());
      assertNull(versions.recover(edit(List.of(table(4, 7)), List.of(4L, 5L), List.of())), "moves");
      assertEquals(Set.of(7L), versions.blobNumbers());
      assertNull(versions.recover(edit(List.of(), List.of(4L), List.of())));
      assertEquals(Set.of(), versions.blobNumbers());
      assertNotNull(versions.recover(edit(List.of(table(9, 7)), List.of(), List.of())), "gone");
    }
  }

  private static VersionEdit edit(List<TableMeta> added, List<Long> removed, List<BlobMeta> blobs) {
    List<VersionEdit.Placed> placed =
        added.stream().map(table -> new VersionEdit.Placed(0, 5, table)).toList();
    return new VersionEdit(10, 20, 30, Map.of(1L, 2L), placed, removed, blobs);
  }

  private static @Nullable VersionEdit decode(byte[] bytes) {
    return VersionEdit.decode(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  private static TableMeta table(long number, long... blobs) {
    KeyBounds bounds = KeyBounds.closed(new byte[] {1}, new byte[] {(byte) number});
    List<BlobShare> shares =
        Arrays.stream(blobs).mapToObj(blob -> new BlobShare(blob, 100)).toList();
    return new TableMeta(number, 11, 12, bounds, 13, 14, 15, 16, 17, 18, 0, shares);
  }
}
