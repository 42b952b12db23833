package dev.plinth.lsm;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.merge.KeyBounds;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class MergeSlicesTest {
  private static final SortedRun UPPER = new SortedRun(7, List.of(table(1, 0, 99)));

  @Test
  void aLargeLevelIsCutWithoutGaps() {
    SortedRun lower = lower(28);
    MergeSlices merge = slices(List.of(UPPER, lower), List.of(lower), 1);
    List<MergeSlices.Slice> slices = merge.slices();
    assertTrue(merge.countsEarly());
    assertEquals(3, slices.size());
    assertEquals(0, slices.getFirst().within().from().length);
    assertNull(slices.getLast().within().limit());
    for (int i = 1; i < slices.size(); i++) {
      byte[] limit = requireNonNull(slices.get(i - 1).within().limit());
      assertArrayEquals(limit, slices.get(i).within().from());
    }
    assertEquals(LongStream.range(100, 108).boxed().toList(), slices.getFirst().done());
    assertEquals(28, slices.stream().mapToInt(slice -> slice.done().size()).sum());
    assertEquals(List.of(1L), merge.last(), "the upper table goes last");
  }

  @Test
  void aSmallMergeIsOneRange() {
    SortedRun lower = lower(12);
    isWhole(slices(List.of(UPPER, lower), List.of(lower), 1), 13, "small");
  }

  @Test
  void whatIsNotInTheTargetIsNotCut() {
    SortedRun lower = lower(30);
    isWhole(slices(List.of(UPPER, lower), List.of(), 1), 31, "another level");
    isWhole(slices(List.of(UPPER, lower), List.of(lower), 0), 31, "runs of level 0");
    isWhole(slices(List.of(lower), List.of(lower), 1), 30, "nothing above");
  }

  private static void isWhole(MergeSlices merge, int inputs, String what) {
    assertEquals(1, merge.slices().size(), what);
    assertEquals(KeyBounds.ALL, merge.slices().getFirst().within(), what);
    assertFalse(merge.countsEarly(), what);
    assertEquals(inputs, merge.last().size(), what);
  }

  private static MergeSlices slices(List<SortedRun> inputs, List<SortedRun> target, int level) {
    List<Level> levels = List.of(new Level(0, List.of(UPPER)), new Level(1, target));
    return MergeSlices.of(new CompactionChoice.Merge(inputs, level, 0, 1 << 20, "test"), levels);
  }

  private static SortedRun lower(int count) {
    List<TableMeta> tables = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tables.add(table(100 + i, 3 * i, 3 * i + 1));
    }
    return new SortedRun(0, tables);
  }

  private static TableMeta table(long number, int first, int last) {
    KeyBounds bounds = KeyBounds.closed(new byte[] {(byte) first}, new byte[] {(byte) last});
    return new TableMeta(number, 0, 10, bounds, 1, 0, 0, 10, 1, 1, 0);
  }
}
