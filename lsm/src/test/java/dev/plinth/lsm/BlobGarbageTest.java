package dev.plinth.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.table.VerifiedRecords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class BlobGarbageTest {
  private static final long FILE = 1000;
  private static final long TABLE_BYTES = 100;

  @Test
  void nothingIsDueUpToTheLimit() {
    assertFalse(BlobGarbage.isDue(blobs(Map.of()), 0.3));
    assertFalse(BlobGarbage.isDue(blobs(Map.of(1L, 700L, 2L, 700L)), 0.3));
    assertTrue(BlobGarbage.isDue(blobs(Map.of(1L, 690L, 2L, 700L)), 0.3));
    assertEquals(10, BlobGarbage.excessBytes(blobs(Map.of(1L, 690L, 2L, 700L)), 0.3));
  }

  @Test
  void theWorstGoUntilEnoughIsLeft() {
    Blobs blobs = blobs(Map.of(1L, 900L, 2L, 100L, 3L, 500L, 4L, 650L));
    assertArrayEquals(new long[] {2, 3}, BlobGarbage.victims(blobs, 0.3, Long.MAX_VALUE));
    assertArrayEquals(new long[] {2}, BlobGarbage.victims(blobs, 0.3, 599), "no room for two");
    assertArrayEquals(new long[] {2}, BlobGarbage.victims(blobs, 0.3, 0), "one in any case");
  }

  @Test
  void aRangeHasOnlyTheFilesThatNobodyElseRefersTo() {
    Blobs blobs = blobs(Map.of(1L, 900L, 2L, 100L, 3L, 1000L));
    List<Level> levels = levels(table(1, 0, 9, 1, 2, 3), table(2, 10, 19, 2));
    KeyBounds first = KeyBounds.closed(new byte[] {0}, new byte[] {5});
    assertArrayEquals(new long[] {1}, BlobGarbage.all(blobs, levels, first, Long.MAX_VALUE));
    assertArrayEquals(
        new long[] {1, 2}, BlobGarbage.all(blobs, levels, KeyBounds.ALL, Long.MAX_VALUE));
  }

  @Test
  void aCollectionTakesIdleNeighboursThatReferToVictims() {
    List<Level> levels =
        levels(table(1, 0, 9, 7), table(2, 10, 19, 5), table(3, 20, 29, 5, 7), table(4, 30, 39, 5));
    long[] victims = {5};
    assertEquals(List.of(2L, 3L, 4L), collected(levels, victims, Set.of(), 1000));
    assertEquals(List.of(2L), collected(levels, victims, Set.of(3L), 1000));
    assertEquals(List.of(2L, 3L), collected(levels, victims, Set.of(), 50), "four tables' bytes");
    assertInstanceOf(
        CompactionChoice.Nothing.class,
        BlobGarbage.collect(levels, new long[] {6}, KeyBounds.ALL, Set.of(), 1000));
  }

  @Test
  void aMergeTakesOldValuesAlongWhenThereAreEnough() {
    Blobs blobs = blobs(Map.of(1L, 900L, 2L, 100L));
    List<TableMeta> tables = List.of(table(1, 0, 9, 1, 2));
    assertArrayEquals(new long[] {2}, BlobGarbage.along(blobs, tables, 0.3, 8 * 100));
    assertArrayEquals(new long[0], BlobGarbage.along(blobs, tables, 0.3, 8 * 200));
    assertArrayEquals(new long[0], BlobGarbage.along(blobs, tables, 0.95, 8));
  }

  private static List<Long> collected(
      List<Level> levels, long[] victims, Set<Long> busy, long tableBytesMax) {
    CompactionChoice choice =
        BlobGarbage.collect(levels, victims, KeyBounds.ALL, busy, tableBytesMax);
    CompactionChoice.Merge merge = assertInstanceOf(CompactionChoice.Merge.class, choice);
    assertEquals(0, merge.level());
    assertEquals(3, merge.run());
    return merge.tables().stream().map(TableMeta::number).toList();
  }

  /// Files of 1,000 bytes of records by their numbers, with so many of them alive.
  private static Blobs blobs(Map<Long, Long> live) {
    List<BlobHandle> handles = new ArrayList<>();
    for (long number : new TreeMap<>(live).keySet()) {
      BlobMeta meta = new BlobMeta(number, number, FILE + 48, FILE);
      handles.add(new BlobHandle(new SimDisk(), Path.of("/store"), meta, new VerifiedRecords()));
    }
    return new Blobs(Path.of("/store"), handles, live::get);
  }

  private static List<Level> levels(TableMeta... tables) {
    return List.of(new Level(0, List.of(new SortedRun(3, List.of(tables)))));
  }

  /// A table that refers to 100 bytes in each of some blob files.
  private static TableMeta table(long number, int first, int last, long... blobs) {
    KeyBounds bounds = KeyBounds.closed(new byte[] {(byte) first}, new byte[] {(byte) last});
    List<BlobShare> shares = new ArrayList<>();
    for (long blob : blobs) {
      shares.add(new BlobShare(blob, TABLE_BYTES));
    }
    return new TableMeta(number, 0, 10, bounds, 1, 0, 0, 10, 1, 1, 0, shares);
  }
}
