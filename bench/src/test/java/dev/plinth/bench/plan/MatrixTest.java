package dev.plinth.bench.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.cell.Contestant;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MatrixTest {
  @TempDir Path folder;

  @Test
  void theDefaultLeavesOutTheEngineThatDoesNothing() {
    Matrix matrix = matrix(Map.of());
    assertEquals(List.of("map"), matrix.contestants().stream().map(Contestant::label).toList());
    assertEquals(8, matrix.workloads().size());
    assertTrue(!matrix.workloads().contains(Workload.INGEST));
    assertEquals("256m", matrix.heap());
  }

  @Test
  void cellsOfAPlanAreDistinctAndFillsComeFirst() {
    Plan plan =
        Plan.of(
            matrix(
                Map.of(
                    Setting.ENGINES, "map,noop",
                    Setting.THREADS, "1,4",
                    Setting.DURABILITY, "written,buffered",
                    Setting.REPEAT, "2")));
    Set<String> ids = new HashSet<>();
    for (Plan.Group group : plan.groups()) {
      Workload.Kind before = Workload.Kind.FILL;
      for (CellSpec cell : group.cells()) {
        assertTrue(ids.add(cell.id()), cell.id());
        Workload.Kind kind = cell.workload().kind();
        assertTrue(kind == before || before == Workload.Kind.FILL || kind == Workload.Kind.READ);
        before = kind;
      }
    }
    assertEquals(plan.cells(), ids.size());
    assertEquals(2 * (2 * 7 * 2 * 2 + 2 * 2), plan.cells());
    long synced =
        plan.groups().stream()
            .flatMap(group -> group.cells().stream())
            .filter(cell -> cell.durability() == Durability.SYNCED)
            .count();
    assertEquals(8, synced, "fillsync is made once whatever the durability of the others");
  }

  @Test
  void shardsTogetherAreThePlan() {
    Plan plan =
        Plan.of(matrix(Map.of(Setting.ENGINES, "map,noop", Setting.VALUE_BYTES, "10,100,1000")));
    int sum = plan.shard(1, 4).cells() + plan.shard(2, 4).cells();
    assertEquals(plan.cells(), sum + plan.shard(3, 4).cells() + plan.shard(4, 4).cells());
  }

  @Test
  void wrongSettingsAreNamedWithTheNearest() {
    refused(Map.of(Setting.ENGINES, "mop"), "unknown engine 'mop' (did you mean");
    refused(Map.of(Setting.WORKLOADS, "fillsec"), "did you mean fillseq?");
    refused(Map.of(Setting.PEERS, "rocks"), "unknown peer 'rocks'; known: none");
    refused(Map.of(Setting.PEERS, "all"), "no peer is on the class path");
    refused(Map.of(Setting.DURABILITY, "sync"), "did you mean synced?");
    refused(Map.of(Setting.KEY_ORDER, "zipfian"), "did you mean zipf?");
    refused(Map.of(Setting.KEYS, "0"), "--keys = 0: 1 to");
    refused(Map.of(Setting.KEYS, "ten"), "--keys = ten");
    refused(Map.of(Setting.THREADS, ""), "--threads is empty");
    refused(Map.of(Setting.HEAP, "1MiB"), "at least 16MiB");
    refused(Map.of(Setting.WORKLOADS, "ingest"), "add --ingest-dir FOLDER");
    refused(Map.of(Setting.INGEST_DIR, "/"), "add it to --workloads");
    refused(
        Map.of(Setting.WORKLOADS, "ingest", Setting.INGEST_DIR, folder + "/none"),
        "there is no such folder");
  }

  @Test
  void engineOptionsAreChecked() {
    Map<String, java.util.SortedMap<String, String>> options = new TreeMap<>();
    MatrixFile.addOption(options, "map.forgetfull=on");
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> Matrix.of(Profile.QUICK, Map.of(), options));
    assertTrue(failure.getMessage().contains("did you mean forgetful?"), failure::getMessage);
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> MatrixFile.addOption(options, "forgetful=on"));
    options.clear();
    MatrixFile.addOption(options, "noop.wal=off");
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> Matrix.of(Profile.QUICK, Map.of(), options));
  }

  @Test
  void aMatrixFileSetsWhatTheCommandLineDoes() throws IOException {
    Path file = folder.resolve("small.properties");
    Files.writeString(
        file, "engines = map\nkeys = 1k,2k\nvirtual = true\noption.map.wal = off\nheap = 64m\n");
    MatrixFile read = MatrixFile.read(file);
    Matrix matrix = Matrix.of(Profile.QUICK, read.settings(), read.options());
    assertEquals(List.of(1_000L, 2_000L), matrix.keys());
    assertTrue(matrix.virtual());
    assertEquals("off", matrix.contestants().getFirst().options().get("wal"));
    assertEquals("64m", matrix.heap());
    Files.writeString(file, "engine = map\n");
    StorageException failure =
        assertThrows(StorageException.InvalidConfiguration.class, () -> MatrixFile.read(file));
    assertTrue(failure.getMessage().contains("did you mean engines?"), failure::getMessage);
  }

  @Test
  void oneEngineStandsBesideItselfWithOtherOptions() {
    Map<String, java.util.SortedMap<String, String>> options = new TreeMap<>();
    MatrixFile.addOption(options, "map.wal=off");
    MatrixFile.addOption(options, "map@b.wal=on");
    MatrixFile.addOption(options, "map@b.forgetful=on");
    Map<Setting, String> settings = Map.of(Setting.ENGINES, "map,map@b,noop");
    Matrix matrix = Matrix.of(Profile.QUICK, settings, options);
    assertEquals(Map.of("wal", "off"), matrix.contestants().get(0).options());
    assertEquals(Map.of("wal", "on", "forgetful", "on"), matrix.contestants().get(1).options());
    assertEquals("map@b", matrix.contestants().get(1).label());
    assertEquals(Map.of(), matrix.contestants().get(2).options());
    assertEquals(3 * 8, Plan.of(matrix).cells());
    refused(Map.of(Setting.ENGINES, "map@B"), "behind @ stands a name of your choice");
    refused(Map.of(Setting.ENGINES, "mop@b"), "unknown engine 'mop'");
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> Matrix.of(Profile.QUICK, Map.of(Setting.ENGINES, "map"), options));
  }

  @Test
  void updatesAreANumberOrAMultipleOfTheKeys() {
    assertEquals(4_000, overwrites(Map.of(Setting.UPDATES, "4k")));
    assertEquals(5_000, overwrites(Map.of(Setting.UPDATES, "2.5x")));
    assertEquals(2_000, overwrites(Map.of()));
    assertEquals(700, overwrites(Map.of(Setting.OPERATIONS, "700")));
    assertEquals(6_000, overwrites(Map.of(Setting.OPERATIONS, "700", Setting.UPDATES, "3x")));
    refused(Map.of(Setting.UPDATES, "x"), "a multiple of the keys such as 10x is expected");
    refused(Map.of(Setting.UPDATES, "-1x"), "a multiple of the keys such as 10x is expected");
    refused(Map.of(Setting.UPDATES, "many"), "--updates = many");
  }

  private static long overwrites(Map<Setting, String> settings) {
    Map<Setting, String> all = new TreeMap<>(settings);
    all.put(Setting.KEYS, "2k");
    all.put(Setting.WORKLOADS, "overwrite");
    return Plan.of(matrix(all)).groups().getFirst().cells().getFirst().operations();
  }

  @Test
  void theQuickProfileMakesStoresSmallerTheMoreThereAre() {
    assertEquals(List.of(200_000L), matrix(Map.of(Setting.ENGINES, "map,noop")).keys());
    String engines = "map,map@a,map@b,map@c,map@d,map@e,map@f,map@g,noop";
    Map<Setting, String> nine = Map.of(Setting.ENGINES, engines);
    assertEquals(List.of(100_000L), matrix(nine).keys());
    assertEquals(List.of(1_000_000L), Matrix.of(Profile.STANDARD, nine, Map.of()).keys());
    Map<Setting, String> given = new TreeMap<>(nine);
    given.put(Setting.KEYS, "7k");
    assertEquals(List.of(7_000L), matrix(given).keys());
  }

  @Test
  void phasesAreListedWithTheirAmounts() {
    PhaseList phases = PhaseList.of("fillrandom, overwrite*5x,readrandom * 100k,");
    assertEquals(3, phases.phases().size());
    assertEquals(new Amount(0, 5), phases.phases().get(1).amount());
    assertEquals(new Amount(100_000, 0), phases.phases().get(2).amount());
    Plan plan =
        Plan.of(
            matrix(
                Map.of(
                    Setting.ENGINES,
                    "map",
                    Setting.PHASES,
                    "overwrite,scan",
                    Setting.REPEAT,
                    "2")));
    assertEquals(2, plan.groups().size(), "nothing but phases, once for each repetition");
    assertEquals(4, plan.cells());
    refused(Map.of(Setting.PHASES, "overwrite,fillseq"), "fillseq needs an empty store");
    refused(Map.of(Setting.PHASES, "overwrit"), "did you mean overwrite?");
    refused(Map.of(Setting.PHASES, "overwrite*often"), "phase overwrite = often");
  }

  @Test
  void whatAMixedWorkloadNeedsIsSaid() {
    Map<Setting, String> few = Map.of(Setting.WORKLOADS, "ycsb-d", Setting.KEYS, "10");
    StorageException failure =
        assertThrows(StorageException.InvalidConfiguration.class, () -> Plan.of(matrix(few)));
    assertTrue(failure.getMessage().contains("take more --keys"), failure::getMessage);
    refused(Map.of(Setting.WORKLOADS, "replay"), "add --trace FILE");
    refused(Map.of(Setting.TRACE, "x"), "add it to --workloads");
    refused(Map.of(Setting.WORKLOADS, "replay", Setting.TRACE, folder + "/none"), "no such file");
  }

  @Test
  void aMixOfOnesOwnIsCheckedShareByShare() {
    Map<Setting, String> given = new TreeMap<>(Map.of(Setting.WORKLOADS, "mix"));
    refused(given, "add --mix");
    for (String wrong :
        List.of("reads=101", "reads=50", "raeds=100", "reads", "reads=100,entries=0")) {
      given.put(Setting.MIX, wrong);
      refused(given, "mix");
    }
    given.put(Setting.MIX, "inserts=100");
    given.put(Setting.OPERATIONS, "1x");
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> Plan.of(matrix(given)),
        "there are too few keys to insert between");
    given.put(Setting.MIX, "reads=90,scans=10,entries=40");
    CellSpec cell = Plan.of(matrix(given)).groups().getFirst().cells().getFirst();
    assertEquals("reads=90,scans=10,entries=40", Objects.requireNonNull(cell.mix()).label());
    assertEquals(1, cell.sampledEvery());
    given.put(Setting.WORKLOADS, "readrandom");
    refused(given, "add it to --workloads");
  }

  @Test
  void aLimitOnMemoryLeavesRoomForTheHeap() {
    Matrix matrix = matrix(Map.of(Setting.MEMORY_LIMIT, "1g", Setting.HEAP, "128m"));
    assertEquals(1L << 30, matrix.memoryLimitBytes());
    assertEquals(0, matrix(Map.of()).memoryLimitBytes());
    refused(Map.of(Setting.MEMORY_LIMIT, "256MiB"), "raise it or lower --heap");
    refused(Map.of(Setting.MEMORY_LIMIT, "lots"), "--memory-limit = lots");
    refused(Map.of(Setting.MEMORY_LIMIT_BY, "groups"), "did you mean group?");
  }

  private static Matrix matrix(Map<Setting, String> settings) {
    return Matrix.of(Profile.QUICK, settings, Map.of());
  }

  private static void refused(Map<Setting, String> settings, String words) {
    StorageException failure =
        assertThrows(StorageException.InvalidConfiguration.class, () -> matrix(settings));
    assertTrue(failure.getMessage().contains(words), failure::getMessage);
  }
}
