package dev.plinth.engine.tiered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.lsm.CompactionChoice;
import dev.plinth.lsm.Level;
import dev.plinth.lsm.SortedRun;
import dev.plinth.lsm.TableMeta;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Trees as the bytes of their runs, the newest first.
final class TieredPolicyTest {
  private static final TieredPolicy POLICY = new TieredPolicy(4, 20, 2, 20, 200, 4, 1 << 20);

  @Test
  void fewRunsAreLeftAlone() {
    assertInstanceOf(CompactionChoice.Nothing.class, POLICY.choose(tree(10, 10, 1000), Set.of()));
  }

  @Test
  void neighboursOfLikeSizeAreMerged() {
    assertEquals("size ratio [10, 10, 22]", text(POLICY.choose(tree(10, 10, 22, 1000), Set.of())));
  }

  @Test
  void everythingIsMergedWhenTheNewOutgrowsTheOld() {
    assertEquals(
        "space [1000, 200, 100, 50]", text(POLICY.choose(tree(1000, 200, 100, 50), Set.of())));
  }

  @Test
  void twoRunsAreMergedWhereSpaceIsAnAim() {
    TieredPolicy lazy = new TieredPolicy(4, 20, 2, 20, 10, 2, 1 << 20);
    assertEquals("space [100, 1000]", text(lazy.choose(tree(100, 1000), Set.of())));
    assertInstanceOf(CompactionChoice.Nothing.class, lazy.choose(tree(99, 1000), Set.of()));
  }

  @Test
  void optionsGiveTheStrictestShareOfNewerRuns() {
    assertEquals(200, policy(Map.of()).spaceAmplificationPercent());
    assertEquals(
        20,
        policy(Map.of("layout", "lazy-leveling", "level.fanout", "5")).spaceAmplificationPercent());
    TieredPolicy aimed = policy(Map.of("space.amplification.target", "1.5"));
    assertEquals(50, aimed.spaceAmplificationPercent());
    assertEquals(2, aimed.spaceRunsMin());
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> policy(Map.of("space.amplification.target", "1.05")));
  }

  private static TieredPolicy policy(Map<String, String> given) {
    return TieredOptions.of(EngineOptions.of(TieredOptions.SPECS, given)).policy();
  }

  @Test
  void tooManyRunsAreMergedWhereItIsCheapest() {
    assertEquals(
        "run count [10, 100]", text(POLICY.choose(tree(10, 100, 1000, 10_000, 100_000), Set.of())));
  }

  @Test
  void busyRunsAreNotTouched() {
    assertEquals(
        "run count [100, 1000]",
        text(POLICY.choose(tree(10, 100, 1000, 10_000, 100_000), Set.of(5L))));
  }

  private static String text(CompactionChoice choice) {
    CompactionChoice.Merge merge = assertInstanceOf(CompactionChoice.Merge.class, choice);
    return merge.reason() + " " + merge.inputs().stream().map(SortedRun::bytes).toList();
  }

  private static List<Level> tree(long... runBytes) {
    List<SortedRun> runs = new ArrayList<>();
    for (int i = 0; i < runBytes.length; i++) {
      long id = (long) runBytes.length - i;
      TableMeta table =
          new TableMeta(id, 0, runBytes[i], KeyBounds.ALL, 1, 0, 0, runBytes[i], id, id, 0);
      runs.add(new SortedRun(id, List.of(table)));
    }
    return List.of(new Level(0, runs));
  }
}
