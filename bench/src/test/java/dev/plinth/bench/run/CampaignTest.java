package dev.plinth.bench.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.plan.Plan;
import dev.plinth.bench.plan.Profile;
import dev.plinth.bench.plan.Setting;
import dev.plinth.bench.report.Comparison;
import dev.plinth.bench.report.HtmlReport;
import dev.plinth.bench.report.Summary;
import dev.plinth.bench.report.Tables;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Small runs with real processes.
final class CampaignTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final Map<String, SortedMap<String, String>> options = new TreeMap<>();
  private final Map<Setting, String> further = new EnumMap<>(Setting.class);

  @Test
  void aRunLeavesResultsOfSchemaOneAndAReport() throws Exception {
    Run run = run("fillrandom,overwrite,readrandom,seekrandom", false);
    assertEquals(4, run.cells().size());
    run.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    Path results = folder.resolve("out/results.json");
    Map<?, ?> tree = new ObjectMapper().readValue(results.toFile(), Map.class);
    assertEquals(List.of(), SchemaRules.wrong(tree));
    Run read = JsonFile.read(results, Run.class);
    assertEquals(run.cells(), read.cells());
    assertEquals(4, read.rows().size());
    assertEquals(
        run.cells().getFirst().opsPerSecond(),
        read.rows().getFirst().figures().get("ops_per_second").median());
    assertTrue(run.machine().syncMicrosP50() > 0);
    assertTrue(run.limits().hashCopyOperationsPerSecond() > 0);
    for (Cell cell : run.cells()) {
      Double difference = cell.details().ledgerDifference();
      assertTrue(difference == null || Math.abs(difference) < 0.03, "difference: " + difference);
      assertTrue(Files.size(folder.resolve("out").resolve(cell.details().histogram())) > 100);
    }
    String page = HtmlReport.of(run);
    assertFalse(page.contains("http:") || page.contains("https:"), "nothing from a network");
    assertFalse(page.contains("<script"));
    assertTrue(page.contains("default-src 'none'"));
    assertTrue(page.contains("prefers-color-scheme:dark"));
    for (String id : List.of("summary", "rum", "tables", "causes", "latency", "models", "terms")) {
      assertTrue(page.contains("<section id=\"" + id + "\">"), id);
    }
    assertTrue(Tables.markdown(run).contains("| map |"));
    assertTrue(Summary.of(run).stream().anyMatch(line -> line.startsWith("4 cells were measured")));
    assertEquals(0, folder.resolve("data").toFile().list().length, "stores are removed");
  }

  @Test
  void aCellWhoseProcessDiesHasFailedAndThoseThatNeedItsStoreAreSkipped() throws Exception {
    options.put("map", new TreeMap<>(Map.of("crashing", "on")));
    Run run = run("fillseq,readrandom", false);
    assertEquals(Cell.FAILED, run.cells().get(0).status());
    assertTrue(run.cells().get(0).reason().contains("exit code 77"), run.cells().get(0)::reason);
    assertEquals(Cell.SKIPPED, run.cells().get(1).status());
    assertTrue(run.cells().get(1).reason().contains("could not be loaded"));
    assertTrue(said.toString(StandardCharsets.UTF_8).contains("failed map fillseq"));
    assertTrue(Tables.text(run).contains("! map failed: its process ended"));
  }

  @Test
  void aResumedRunKeepsFinishedCells() throws Exception {
    Run first = run("fillseq", false);
    Run second = run("fillseq,readrandom", true);
    assertEquals(2, second.cells().size());
    assertEquals(first.cells().getFirst(), second.cells().getFirst());
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> RunFolder.open(folder.resolve("out"), false));
  }

  @Test
  void memoryIsLimitedAndTheRunSaysHow() throws Exception {
    further.put(Setting.MEMORY_LIMIT, "192MiB");
    Run any = run("fillseq,readrandom", false);
    any.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    assertEquals(192L << 20, any.cells().getFirst().params().memoryLimitBytes());
    assertFalse(any.cells().getFirst().params().memoryLimitBy().isEmpty());
    further.put(Setting.MEMORY_LIMIT_BY, "dropping");
    Run dropping = run("readrandom,overwrite", true);
    dropping.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    String how = dropping.cells().getFirst().params().memoryLimitBy();
    assertTrue(how.contains("from the page cache"), how);
    assertTrue(dropping.settings().get("memory limit").startsWith("192.0 MiB for each cell"));
    assertTrue(Tables.text(dropping).contains(", memory 192.0 MiB\n"), Tables.text(dropping));
  }

  @Test
  void phasesGoOnWithOneStore() throws Exception {
    further.put(Setting.PHASES, "fillseq, overwrite*2x, deleterandom, readrandom*300, scan");
    Run run = run("fillseq", false);
    assertEquals(6, run.cells().size());
    run.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    assertEquals("2/5", run.cells().get(2).params().phase());
    assertEquals(4_000, run.cells().get(2).operations());
    assertEquals(1_000 * 116L, run.cells().get(3).details().liveBytes(), "half is deleted");
    assertEquals(run.cells().get(3).digest(), run.cells().get(5).digest());
    assertTrue(Tables.text(run).contains("overwrite, 2,000 keys"), Tables.text(run));
    assertEquals(run.cells(), run("fillseq", true).cells(), "finished phases are kept");
  }

  @Test
  void aStoreIsOpenedAfterACloseAndAfterAKill() throws Exception {
    Run run = run("overwrite,reopen", false);
    run.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    assertEquals(run.cells().get(0).digest(), run.cells().get(1).digest());
    Map<String, Long> details = run.cells().get(1).details().engineDetails();
    assertTrue(details.get("open.closed.micros") > 0);
    assertTrue(details.get("open.killed.micros") > 0);
    assertEquals(2_000, run.cells().get(1).operations());
  }

  @Test
  void whatAKillTakesIsSeen() throws Exception {
    options.put("map", new TreeMap<>(Map.of("buffering", "on")));
    Run run = run("reopen", false);
    assertEquals(Cell.FAILED, run.cells().getFirst().status());
    assertTrue(run.cells().getFirst().reason().contains("missing or wrong"));
    further.put(Setting.DURABILITY, "buffered");
    Cell cell = run("reopen", true).cells().getFirst();
    assertEquals(Cell.OK, cell.status(), cell::reason);
    assertTrue(cell.details().note().contains("the kill lost"));
  }

  @Test
  void aRecordedCellIsReplayed() throws Exception {
    further.put(Setting.RECORD, "true");
    Run recorded = run("ycsb-a", false);
    assertEquals(Cell.OK, recorded.cells().getFirst().status());
    Path trace;
    try (Stream<Path> all = Files.list(folder.resolve("out/traces"))) {
      trace = all.findFirst().orElseThrow();
    }
    further.clear();
    further.put(Setting.TRACE, trace.toString());
    Run replayed = run("replay", true);
    Cell cell = replayed.cells().getFirst();
    assertEquals(Cell.OK, cell.status(), cell::reason);
    assertEquals(2_100, cell.operations(), "100 reads of the warm-up too");
    assertEquals(16, cell.params().keyBytes());
    assertEquals(100, cell.params().valueBytes());
  }

  @Test
  void aSlowDownThatWasPutIntoAnEngineIsFound() throws Exception {
    further.put(Setting.REPEAT, "2");
    Run before = run("fillseq", false);
    options.put("map", new TreeMap<>(Map.of("slow", "on")));
    Run after = run("fillseq", true);
    after.cells().forEach(cell -> assertEquals(Cell.OK, cell.status(), cell::reason));
    Comparison comparison = Comparison.of(before, after);
    String writes = comparison.text().lines().skip(1).findFirst().orElseThrow();
    assertTrue(writes.startsWith("  map ") && writes.contains(" WORSE"), comparison::text);
    assertTrue(comparison.regressions() >= 1, "the exit code of compare --strict");
    Comparison back = Comparison.of(after, before);
    assertTrue(back.text().lines().skip(1).findFirst().orElseThrow().contains(" better"));
  }

  private Run run(String workloads, boolean resume) throws IOException, InterruptedException {
    Map<Setting, String> settings = new EnumMap<>(Setting.class);
    settings.putAll(further);
    settings.put(Setting.ENGINES, "map");
    settings.put(Setting.WORKLOADS, workloads);
    settings.put(Setting.KEYS, "2000");
    settings.put(Setting.WARM_UP, "100");
    settings.put(Setting.WARM_UP_TIME, "0s");
    settings.put(Setting.HEAP, "64MiB");
    Matrix matrix = Matrix.of(Profile.QUICK, settings, options);
    Plan plan = Plan.of(matrix);
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    ProgressLine progress = new ProgressLine(out, false, plan.cells());
    RunFolder run = RunFolder.open(folder.resolve("out"), resume);
    return new Campaign(matrix, plan, run, folder.resolve("data"), progress, "0", "none").run();
  }
}
