package dev.plinth.engine.jungle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.spi.Engines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What is chosen where room is short, in text: no store is opened.
final class JunglePolicyTest {
  private static final long KIB = 1 << 10;
  private static final Room MUCH = new Room(Set.of(), Long.MAX_VALUE);

  private final JunglePolicy policy =
      new JunglePolicy(
          JungleOptions.of(
              Engines.options(
                  Engines.provider("jungle"),
                  Map.of(
                      "space.factor", "3",
                      "space.factor.upper", "3",
                      "table.bytes", "64KiB",
                      "level.base.bytes", "64KiB",
                      "space.bytes.max", "64MiB"))));

  @Test
  void whatDoesNotFitIsPassedOver() {
    TableMeta large = table(1, 'a', 'm', 900 * KIB, 100 * KIB);
    TableMeta small = table(2, 'n', 'z', 160 * KIB, 40 * KIB);
    List<Level> levels = levels(List.of(), List.of(), List.of(large, small));
    assertEquals(List.of(large), policy.choose(levels, MUCH, 0).tables(), "the most garbage");
    assertEquals(List.of(small), policy.choose(levels, room(50 * KIB), 0).tables());
    assertInstanceOf(MergeChoice.Nothing.class, policy.choose(levels, room(30 * KIB), 0));
    assertEquals(
        List.of(small), policy.choose(levels, new Room(Set.of(1L), Long.MAX_VALUE), 0).tables());
  }

  @Test
  void aLevelThatOverflowsSendsDownWhatFits() {
    TableMeta one = table(1, 'a', 'e', 900 * KIB, 900 * KIB);
    TableMeta other = table(2, 'n', 'p', 300 * KIB, 300 * KIB);
    TableMeta below = table(3, 'a', 'z', 1000 * KIB, 900 * KIB);
    List<Level> levels = levels(List.of(), List.of(one, other), List.of(below));
    assertEquals(List.of(one, below), policy.choose(levels, MUCH, 0).tables());
    long fits = policy.bytes(new MergeChoice.MergeDown(1, other, List.of(below)));
    assertEquals(List.of(other, below), policy.choose(levels, room(fits), 0).tables());
  }

  @Test
  void theNearerTheEndTheLessGarbageIsLeft() {
    TableMeta table = table(1, 'a', 'z', 120 * KIB, 100 * KIB);
    List<Level> levels = levels(List.of(), List.of(), List.of(table));
    assertInstanceOf(MergeChoice.Nothing.class, policy.choose(levels, MUCH, 0));
    assertInstanceOf(MergeChoice.Nothing.class, policy.choose(levels, MUCH, 0.5));
    assertEquals(List.of(table), policy.choose(levels, MUCH, 1).tables());
  }

  @Test
  void aTableThatIsWrittenAnewCountsWhole() {
    TableMeta down = table(1, 'a', 'z', 100 * KIB, 100 * KIB);
    TableMeta target = table(2, 'a', 'z', 100 * KIB, 100 * KIB);
    long appended = policy.bytes(new MergeChoice.MergeDown(1, down, List.of(target)));
    long anew = policy.bytes(new MergeChoice.MergeDown(1, down, List.of(target.asFrozen())));
    assertEquals(125 * KIB + target.liveBytes(), anew);
    assertTrue(appended < anew, appended + " bytes are appended");
  }

  private static Room room(long bytes) {
    return new Room(Set.of(), bytes);
  }

  @SafeVarargs
  private static List<Level> levels(List<TableMeta>... tables) {
    List<Level> levels = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<TableMeta> own = i < tables.length ? tables[i] : List.of();
      levels.add(new Level(i, own.isEmpty() ? List.of() : List.of(new SortedRun(1, own))));
    }
    return levels;
  }

  private static TableMeta table(long number, char from, char to, long bytes, long live) {
    KeyBounds bounds = KeyBounds.closed(new byte[] {(byte) from}, new byte[] {(byte) to});
    return new TableMeta(number, 7, 0, bytes, bounds, 200, 0, 0, live, false);
  }
}
