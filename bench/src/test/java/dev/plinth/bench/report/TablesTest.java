package dev.plinth.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Machine;
import dev.plinth.bench.result.Params;
import dev.plinth.bench.result.Row;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TablesTest {
  private static final Cell FAST = cell("a", "written", 0, 2_000_000, 1.5);
  private static final Cell SLOW = cell("b", "written", 0, 500_000, 3.25);
  private static final Cell LOST =
      Cell.without("c", "", true, "fillrandom", Cell.FAILED, "it broke", SLOW.params(), 0);

  @Test
  void theBestOfAColumnIsMarkedAndFailuresAreTold() {
    String text = Tables.text(run(FAST, SLOW, LOST));
    assertTrue(text.startsWith("fillrandom, 1,000 keys, 100 B values, 1 thread, written\n"), text);
    assertTrue(text.contains("*2.00 M"), text);
    assertTrue(text.contains("  500 k"), text);
    assertTrue(text.contains("*1.50"), text);
    assertTrue(text.contains("  c        failed\n"), text);
    assertTrue(text.contains("  ! c failed: it broke"), text);
    String markdown = Tables.markdown(run(FAST, SLOW, LOST));
    assertTrue(markdown.contains("| a | **2.00 M** |"), markdown);
    assertTrue(markdown.contains("| b | 500 k |"), markdown);
  }

  @Test
  void repetitionsGiveMedianAndSpread() {
    Run run =
        run(
            cell("a", "written", 0, 90_000, 1),
            cell("a", "written", 1, 100_000, 1),
            cell("a", "written", 2, 110_000, 1));
    assertTrue(Tables.text(run).contains("100 k ±10%"), Tables.text(run));
    List<Row> rows = Rows.of(run.cells());
    assertEquals(1, rows.size());
    assertEquals(3, rows.getFirst().measured());
    Row.Figure rate = rows.getFirst().figures().get("ops_per_second");
    assertEquals(new Row.Figure(100_000, 90_000, 110_000, 0.1), rate);
    assertEquals(1.1, rows.getFirst().figures().get("amplification.space").median());
    assertFalse(rows.getFirst().figures().containsKey("amplification.write"), "not measured");
  }

  @Test
  void sentencesNameWinnersAndCompare() {
    List<String> lines = Summary.of(run(FAST, SLOW));
    assertEquals(
        "For write-heavy (fillrandom) take a: 4.00 times the rate of b, the next; 2.00 M operations"
            + " a second in fillrandom, 1,000 keys, 100 B values, 1 thread, written, 1.50 bytes"
            + " written for each, 1.10 times the live bytes on disk, 64.0 MiB of memory.",
        lines.getFirst());
    assertTrue(lines.get(1).startsWith("Not compared in this run: read-heavy ("), lines::toString);
    assertTrue(lines.get(1).contains("a Raft log (raft-bench raftlog)"), lines::toString);
    assertEquals(
        "fillrandom: a is fastest with 2.00 M operations a second, 4.00 times as many as b.",
        lines.get(2));
    assertTrue(lines.contains("b writes 2.17 bytes for each byte that a writes."), lines::toString);
  }

  @Test
  void aBoundStandsInTheTableAndWinsNothing() {
    Run run = run(cell("oracle", "written", 0, 9_000_000, 0), FAST, SLOW);
    String text = Tables.text(run);
    assertTrue(text.contains("  oracle (bound)   9.00 M"), text);
    assertTrue(text.contains("*2.00 M"), "the best contestant is marked\n" + text);
    List<String> lines = Summary.of(run);
    assertTrue(lines.getFirst().startsWith("For write-heavy (fillrandom) take a: 4.00"));
    assertTrue(
        lines.contains(
            "fillrandom: a is fastest with 2.00 M operations a second, 4.00 times as many as b; a"
                + " sorted map in memory, which makes nothing durable, has 4.50 times its rate."),
        lines::toString);
    assertTrue(lines.stream().noneMatch(line -> line.startsWith("oracle")), lines::toString);
  }

  @Test
  void aPageIsMadeBetweenItsMarksAgainAndAgain() {
    String page =
        """
        before
        <!-- made by: plinth bench table x --into y -->
        old
        <!-- end of what is made -->
        behind
        """;
    assertEquals(List.of(new Page.Source("x", "")), Page.sources(page));
    Page.Source source = new Page.Source("r.json", "");
    String made = Page.into(page, "p.md", source, run(FAST, SLOW, LOST));
    assertTrue(
        made.startsWith("before\n<!-- made by: plinth bench table r.json --into p.md"), made);
    assertTrue(made.endsWith("<!-- end of what is made -->\nbehind\n"), made);
    assertTrue(made.contains("| a | **2.00 M** |") && !made.contains("old"), made);
    assertTrue(made.contains("- c, fillrandom: failed, it broke\n"), made);
    assertEquals(made, Page.into(made, "p.md", source, run(FAST, SLOW, LOST)));
    assertEquals(List.of(), Page.sources("none"));
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> Page.into("none", "p.md", source, run(FAST)));
    assertTrue(failure.getMessage().startsWith("p.md has no place for tables"));
  }

  @Test
  void aPageHasPartsFromSeveralRunsAndRatios() {
    String page =
        """
        <!-- made by: plinth bench table x --into p.md -->
        one
        <!-- end of what is made -->
        between
        <!-- made by: plinth bench table x --against b --into p.md -->
        <!-- end of what is made -->
        """;
    Page.Source ratios = new Page.Source("x", "b");
    assertEquals(List.of(new Page.Source("x", ""), ratios), Page.sources(page));
    String made = Page.into(page, "p.md", ratios, run(FAST, SLOW));
    assertTrue(made.contains("\none\n"), "the other part stays\n" + made);
    assertTrue(
        made.contains(
            "| fillrandom, 1,000 keys, 100 B values, 1 thread, written | a | 2.00 M | 500 k | 4.00"
                + " | "),
        made);
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> Page.of(run(FAST, SLOW), new Page.Source("x", "z")));
    assertTrue(failure.getMessage().startsWith("--against z"));
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> Page.into(page, "p.md", new Page.Source("y", ""), run(FAST, SLOW)));
  }

  @Test
  void runsAreComparedCellByCell() {
    Comparison same = Comparison.of(run(FAST, SLOW), run(FAST, SLOW));
    assertEquals(0, same.regressions());
    assertTrue(same.text().contains("ops/s x1.00"), same::text);
    Comparison slower =
        Comparison.of(run(FAST, SLOW), run(cell("a", "written", 0, 1_000_000, 1.5), SLOW));
    assertEquals(1, slower.regressions());
    assertTrue(slower.text().contains("ops/s x0.50 WORSE"), slower::text);
    assertTrue(slower.text().contains("(1 and 1 repetitions: no spread is known)"), slower::text);
  }

  @Test
  void aRatioWithinTheSpreadOfBothRunsIsNoRegression() {
    Run noisy = run(cell("a", "written", 0, 60_000, 1), cell("a", "written", 1, 140_000, 1));
    Run steady = run(cell("a", "written", 0, 70_000, 1), cell("a", "written", 1, 70_000, 1));
    Comparison comparison = Comparison.of(noisy, steady);
    assertEquals(0, comparison.regressions());
    assertTrue(comparison.text().contains("ops/s x0.70 ±40%  "), comparison::text);
    Comparison back = Comparison.of(steady, run(cell("a", "written", 0, 90_000, 1)));
    assertTrue(back.text().contains("ops/s x1.29 better"), back::text);
  }

  @Test
  void differentDurabilityIsNotCompared() {
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> Comparison.of(run(FAST), run(cell("a", "synced", 0, 9_000, 1.5))));
    assertTrue(failure.getMessage().contains("(written and synced)"), failure::getMessage);
    assertEquals(2, Task.of(List.of(FAST, cell("b", "synced", 0, 1, 1))).size());
  }

  @Test
  void shardsAreMergedOnce() {
    assertEquals(2, Merge.of(List.of(run(FAST), run(SLOW))).cells().size());
    assertThrows(
        StorageException.InvalidConfiguration.class, () -> Merge.of(List.of(run(FAST), run(FAST))));
  }

  @Test
  void figuresHaveThreeDigits() {
    assertEquals("999 ns", Notation.nanos(999));
    assertEquals("1.00 us", Notation.nanos(999.6));
    assertEquals("12.3 ms", Notation.nanos(12_345_678));
    assertEquals("123 s", Notation.nanos(123e9));
    assertEquals("812 k", Notation.count(812_345));
    assertEquals("5", Notation.count(5));
  }

  private static Run run(Cell... cells) {
    Machine machine = new Machine("cpu", 2, 1L << 30, "os", "jdk", "ext4", 100);
    return new Run(
        1, "0", "none", "now", 1, machine, null, new TreeMap<>(), Arrays.asList(cells), null);
  }

  private static Cell cell(
      String engine, String durability, int repeat, double rate, double writeOs) {
    Params params =
        new Params(
            1_000,
            16,
            100,
            "uniform",
            1,
            false,
            durability,
            true,
            1,
            0,
            0,
            "",
            1_000,
            0,
            "",
            new TreeMap<>());
    return new Cell(
        engine,
        "",
        false,
        "fillrandom",
        Cell.OK,
        "",
        params,
        repeat,
        1_000L,
        1.0,
        rate,
        new Cell.Latency(1_000, 2_000, 3_000, 1_000_000, 15_000_000),
        15_000_000L,
        new Cell.Amplification(null, writeOs, null, null, null, null, 1.1, 1.2, null),
        new Cell.Predicted(null, null, null),
        new Cell.Bytes(1L, null, null, null, null, null, null, null, null, null, 1L, 1L, 0L),
        new Cell.Memory(1L, null, 1L, 64L << 20, null),
        "digest",
        null);
  }
}
