package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.CompactionChoice;
import dev.plinth.lsm.Level;
import dev.plinth.lsm.SortedRun;
import dev.plinth.lsm.TableMeta;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Trees as text: a line per run, `level run: number first-last bytes [deletes]`.
final class LeveledPolicyTest {
  private static final LeveledPolicy POLICY = new LeveledPolicy(10, 4, 20, 100, 1, 50, 4);

  @Test
  void anEmptyTreeNeedsNothing() {
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(tree(""), Set.of()));
    assertEquals(0, POLICY.debtBytes(tree("")));
  }

  @Test
  void level0IsMergedIntoTheLastLevelFirst() {
    List<Level> levels = tree("0 4: 4 a-z 10\n0 3: 3 a-z 10\n0 2: 2 a-z 10\n0 1: 1 a-z 10");
    CompactionChoice.Merge merge =
        assertInstanceOf(CompactionChoice.Merge.class, POLICY.choose(levels, Set.of()));
    assertEquals(3, merge.level());
    assertEquals(4, merge.inputs().size());
    assertEquals(4, merge.inputs().getFirst().id());
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(levels, Set.of(2L)));
  }

  @Test
  void level0IsMergedEarlierIntoASmallLastLevel() {
    String runs = "0 6: 6 a-z 10\n0 5: 5 a-z 10\n";
    assertInstanceOf(
        CompactionChoice.Merge.class, POLICY.choose(tree(runs + "3 0: 1 a-z 50"), Set.of()));
    assertInstanceOf(
        CompactionChoice.Nothing.class, POLICY.choose(tree(runs + "3 0: 1 a-z 51"), Set.of()));
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(tree(runs), Set.of()));
    String one = "0 6: 6 a-z 20\n3 0: 1 a-z 50";
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(tree(one), Set.of()));
    String deep = "0 6: 6 a-z 20\n0 5: 5 a-z 20\n2 0: 2 a-z 90\n3 0: 1 a-z 2000";
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(tree(deep), Set.of()));
  }

  @Test
  void whatOverlapsNothingMoves() {
    CompactionChoice choice =
        POLICY.choose(tree("0 4: 4 s-t 10\n0 3: 3 m-n 10\n0 2: 2 g-h 10\n0 1: 1 a-b 10"), Set.of());
    CompactionChoice.Move move = assertInstanceOf(CompactionChoice.Move.class, choice);
    assertEquals(List.of(1L), move.tables().stream().map(TableMeta::number).toList());
    assertEquals(3, move.level());
  }

  @Test
  void aLargeLastLevelGetsALevelAbove() {
    assertEquals(3, POLICY.targets(tree("3 0: 1 a-z 90")).base());
    assertEquals(3, POLICY.targets(tree("3 0: 1 a-z 1000")).base());
    assertEquals(2, POLICY.targets(tree("3 0: 1 a-z 1001")).base());
    assertEquals(2, POLICY.targets(tree("3 0: 1 a-z 9000")).base());
    assertEquals(1, POLICY.targets(tree("3 0: 1 a-z 90000")).base());
  }

  @Test
  void theTableThatRewritesLeastGoesDown() {
    List<Level> levels =
        tree("2 0: 1 a-f 60\n2 0: 2 g-m 60\n3 0: 3 a-c 400\n3 0: 4 d-f 400\n3 0: 5 g-k 100");
    CompactionChoice.Merge merge =
        assertInstanceOf(CompactionChoice.Merge.class, POLICY.choose(levels, Set.of()));
    assertEquals(List.of(2L, 5L), merge.tables().stream().map(TableMeta::number).toList());
    assertEquals(3, merge.level());
    assertTrue(POLICY.debtBytes(levels) > 0);
  }

  @Test
  void manyDeletesAreMergedEarly() {
    CompactionChoice choice = POLICY.choose(tree("0 2: 2 a-z 10 deletes\n3 0: 1 a-z 50"), Set.of());
    assertEquals(2, choice.tables().size());
  }

  @Test
  void seeksThatHavePaidForAMergeGetIt() {
    List<Level> levels = tree("0 6: 6 a-z 10000000\n0 5: 5 a-z 10000000\n3 0: 1 a-z 80000000");
    long price =
        (long) (100_000_000 * LeveledPolicy.MERGE_NANOS_PER_BYTE / LeveledPolicy.SEEK_NANOS);
    LeveledPolicy fair = weighing(1);
    assertNothing(fair.choose(levels, Set.of()));
    assertNothing(fair.forSeeks(levels, Set.of(), price - 1));
    CompactionChoice.Merge merge =
        assertInstanceOf(CompactionChoice.Merge.class, fair.forSeeks(levels, Set.of(), price));
    assertEquals(CompactionChoice.SEEKS, merge.reason());
    assertEquals(List.of(6L, 5L, 1L), merge.tables().stream().map(TableMeta::number).toList());
    assertEquals(3, merge.level());
    assertNothing(fair.forSeeks(levels, Set.of(1L), price));
    assertNothing(weighing(3).forSeeks(levels, Set.of(), 3 * price - 1));
    assertInstanceOf(
        CompactionChoice.Merge.class, weighing(3).forSeeks(levels, Set.of(), 3 * price));
    assertNothing(weighing(0).forSeeks(levels, Set.of(), Long.MAX_VALUE));
  }

  @Test
  void seeksPayForNothingWhereAMergeSparesNone() {
    assertNothing(POLICY.forSeeks(tree("3 0: 1 a-z 80"), Set.of(), Long.MAX_VALUE));
    assertNothing(POLICY.forSeeks(tree("0 6: 6 a-z 10"), Set.of(), Long.MAX_VALUE));
    CompactionChoice apart = POLICY.forSeeks(tree("0 6: 6 m-z 10\n3 0: 1 a-c 80"), Set.of(), 1);
    assertInstanceOf(CompactionChoice.Move.class, apart);
  }

  @Test
  void pressureGrowsWithTheRuns() {
    StringBuilder text = new StringBuilder();
    for (int run = 1; run <= 20; run++) {
      text.append("0 ").append(run).append(": ").append(run).append(" a-z 10\n");
    }
    assertEquals(1.0, POLICY.pressure(tree(text.toString())));
    assertEquals(0.0, POLICY.pressure(tree("0 1: 1 a-z 10")));
  }

  @Test
  void wholeTakesEverythingThatOverlaps() {
    List<Level> levels = tree("0 5: 5 a-c 10\n2 0: 1 b-f 60\n2 0: 2 m-n 60\n3 0: 3 e-k 400");
    KeyBounds bounds = new KeyBounds(bytes("a"), bytes("b"));
    CompactionChoice choice = POLICY.whole(levels, bounds, Set.of());
    assertEquals(List.of(5L, 1L, 3L), choice.tables().stream().map(TableMeta::number).toList());
  }

  private static LeveledPolicy weighing(double factor) {
    return new LeveledPolicy(10, 4, 20, 100_000_000, factor, 50_000_000, 4);
  }

  private static void assertNothing(CompactionChoice choice) {
    assertInstanceOf(CompactionChoice.Nothing.class, choice);
  }

  private static List<Level> tree(String text) {
    List<List<SortedRun>> levels = new ArrayList<>();
    for (int i = 0; i < POLICY.levelCount(); i++) {
      levels.add(new ArrayList<>());
    }
    text.lines().forEach(line -> add(levels, line.strip().split("[ :]+", -1)));
    List<Level> tree = new ArrayList<>();
    for (int i = 0; i < levels.size(); i++) {
      tree.add(new Level(i, levels.get(i)));
    }
    return tree;
  }

  private static void add(List<List<SortedRun>> levels, String[] words) {
    List<SortedRun> runs = levels.get(Integer.parseInt(words[0]));
    long id = Long.parseLong(words[1]);
    String[] keys = words[3].split("-", -1);
    long bytes = Long.parseLong(words[4]);
    TableMeta table =
        new TableMeta(
            Long.parseLong(words[2]),
            0,
            bytes,
            KeyBounds.closed(bytes(keys[0]), bytes(keys[1])),
            bytes,
            words.length > 5 ? bytes : 0,
            0,
            bytes,
            id,
            id,
            0);
    if (!runs.isEmpty() && runs.getLast().id() == id) {
      List<TableMeta> tables = new ArrayList<>(runs.removeLast().tables());
      tables.add(table);
      runs.add(new SortedRun(id, tables));
    } else {
      runs.add(new SortedRun(id, List.of(table)));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
