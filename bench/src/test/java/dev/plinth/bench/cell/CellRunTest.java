package dev.plinth.bench.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Cells on a map, in this process.
final class CellRunTest {
  @TempDir Path folder;

  @Test
  void everyFillGivesTheStateThatTheSeedDemands() {
    Cell single = measured(Specs.of(Workload.FILLRANDOM, folder.resolve("a"), 1, false, 1));
    Cell threads = measured(Specs.of(Workload.FILLRANDOM, folder.resolve("b"), 3, false, 1));
    Cell virtual = measured(Specs.of(Workload.FILLSEQ, folder.resolve("c"), 20, true, 1));
    Cell batches = measured(Specs.of(Workload.FILLSEQ, folder.resolve("d"), 2, false, 7));
    assertEquals(single.digest(), threads.digest());
    assertEquals(single.digest(), virtual.digest());
    assertEquals(single.digest(), batches.digest());
    assertEquals(1_003, batches.operations());
  }

  @Test
  void everyWorkloadRunsOnALoadedStore() {
    Path store = folder.resolve("store");
    Cell load = measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    for (Workload workload :
        new Workload[] {
          Workload.READRANDOM, Workload.READMISSING, Workload.SEEKRANDOM, Workload.SCAN
        }) {
      Cell cell = measured(Specs.of(workload, store, 2, false, 1));
      assertEquals(load.digest(), cell.digest());
      assertEquals(1_003, cell.operations());
      assertNull(cell.amplification().write());
      assertNull(cell.bytes().user());
    }
    Cell overwrite = measured(Specs.of(Workload.OVERWRITE, store, 4, true, 1));
    assertEquals(2_500, overwrite.operations());
    assertTrue(!overwrite.digest().equals(load.digest()));
  }

  @Test
  void mixedWorkloadsLeaveWhatTheSeedDemandsWhateverTheNumberOfThreads() {
    Path store = folder.resolve("store");
    Cell load = measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    for (Workload workload : Workload.values()) {
      if (workload.mix() != null || workload == Workload.READWHILEWRITING) {
        Path copy = folder.resolve(workload.label());
        StoreFiles.copy(store, copy);
        Cell cell = measured(Specs.of(workload, copy, 3, false, 1));
        assertEquals(1_003, cell.operations());
        assertEquals(workload == Workload.YCSB_C, load.digest().equals(cell.digest()));
        assertEquals(workload != Workload.READWHILEWRITING, cell.details().kinds() != null);
        StoreFiles.delete(copy);
      }
    }
  }

  @Test
  void aMixOfOnesOwnIsDoneInEveryOrder() {
    Path store = folder.resolve("store");
    measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    for (KeyOrder order : KeyOrder.values()) {
      Path copy = folder.resolve(order.name());
      StoreFiles.copy(store, copy);
      String mix = "reads=30,updates=20,inserts=20,scans=20,modifications=10,entries=7";
      Cell cell = measured(Specs.mix(mix, order, copy, 3));
      assertEquals(250, cell.operations());
      assertEquals(mix, cell.params().mix());
      assertEquals(5, cell.details().kinds().size());
    }
  }

  @Test
  void theBoundIsSkippedWhereWritesMustBeDurable() {
    CellSpec spec =
        Specs.of("oracle", new TreeMap<>(), Workload.FILLSEQ, folder.resolve("o"), 1, false, 1);
    Cell cell = CellMain.cell(spec);
    assertEquals(Cell.SKIPPED, cell.status());
    assertTrue(cell.reason().contains("makes nothing durable"), cell::reason);
    assertTrue(!cell.peer() && !Contestants.engines().contains("oracle"));
  }

  @Test
  void readsBesideAWriterAreCountedApart() {
    Path store = folder.resolve("store");
    measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    Cell cell = measured(Specs.of(Workload.READWHILEWRITING, store, 2, false, 1));
    assertEquals(1_003, cell.operations());
    assertEquals(100, cell.details().beside().operations());
    assertEquals(100 * 116L, cell.bytes().user());
    assertEquals(100 * 124L, cell.bytes().total());
  }

  @Test
  void halfOfTheKeysAreDeleted() {
    Path store = folder.resolve("store");
    measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    CellSpec spec = Specs.of(Workload.DELETERANDOM, store, 2, false, 7);
    Cell cell = measured(Specs.with(spec, 500, 0));
    assertEquals(500 * 16L, cell.bytes().user());
    assertEquals(503 * 116L, cell.details().liveBytes());
  }

  @Test
  void whatWasDeletedIsCompactedAway() {
    Path store = folder.resolve("store");
    measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    Cell cell = measured(Specs.with(Specs.of(Workload.COMPACT, store, 1, false, 1), 1, 0));
    assertEquals(1, cell.operations());
    assertEquals(0, cell.bytes().user());
    assertEquals(1_003 * 116L, cell.details().liveBytes());
  }

  @Test
  void aFixedRateIsKept() {
    Path store = folder.resolve("store");
    measured(Specs.of(Workload.FILLRANDOM, store, 1, false, 1));
    CellSpec spec = Specs.of(Workload.READRANDOM, store, 2, false, 1);
    Cell cell = measured(Specs.with(spec, 1_003, 5_000));
    assertTrue(cell.seconds() >= 0.19, "1,003 operations at 5,000 a second");
    assertEquals(5_000, cell.params().ratePerSecond());
    assertTrue(cell.details().serviceNanos().p50() <= cell.latencyNanos().p50());
  }

  @Test
  void figuresAreThoseOfTheMap() {
    Cell cell = measured(Specs.of(Workload.FILLSEQ, folder.resolve("a"), 1, false, 1));
    assertEquals(1_003 * 116L, cell.bytes().user());
    assertEquals(1_003 * 124L, cell.bytes().total());
    assertEquals(1_003 * 124L, cell.bytes().log());
    assertEquals(124.0 / 116, cell.amplification().write(), 1e-9);
    assertEquals(0, cell.amplification().writeWithoutLog(), 1e-9);
    assertEquals(124.0 / 116, cell.predicted().write(), 1e-9);
    assertEquals(48, cell.memory().indexBytesPerKey(), 1e-9);
    assertTrue(cell.latencyNanos().p50() > 0);
    assertTrue(cell.latencyNanos().max() >= cell.latencyNanos().p99());
    assertTrue(cell.longestStallNanos() * 1.002 >= cell.latencyNanos().max());
    assertNotNull(cell.details());
  }

  @Test
  void aFolderIsIngested() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree/x"));
    Files.writeString(tree.resolve("y"), "content");
    Files.write(tree.resolve("z"), new byte[3_000_000]);
    Cell cell = measured(Specs.of(Workload.INGEST, folder.resolve("store"), 2, false, 1));
    assertEquals(4, cell.operations());
    assertEquals(4, cell.params().keys());
  }

  @Test
  void anEngineThatLosesWritesFails() {
    Cell cell = cell(Workload.FILLRANDOM, "forgetful");
    assertEquals(Cell.FAILED, cell.status());
    assertTrue(cell.reason().contains("entries are missing or wrong"), cell::reason);
  }

  @Test
  void aWrongAnswerFails() {
    cell(Workload.FILLRANDOM, "forgetful");
    Cell reads = cell(Workload.READRANDOM, "forgetful");
    assertEquals(Cell.FAILED, reads.status());
    assertTrue(
        reads.reason().contains("was written with 100 bytes, a read gave -1"), reads::reason);
    Cell scan = cell(Workload.SCAN, "forgetful");
    assertEquals(Cell.FAILED, scan.status());
  }

  @Test
  void whatAnEngineCannotDoIsSkippedWithItsReason() {
    measured(Specs.of(Workload.FILLRANDOM, folder.resolve("store"), 1, false, 1));
    Cell cell = cell(Workload.SCAN, "refusing");
    assertEquals(Cell.SKIPPED, cell.status());
    assertEquals("this engine was told to refuse cursors", cell.reason());
    Cell reads = cell(Workload.READRANDOM, "refusing");
    assertTrue(reads.status().equals(Cell.SKIPPED) || reads.digest() == null);
  }

  @Test
  void theEngineThatDoesNothingPasses() {
    CellSpec spec =
        Specs.of("noop", new TreeMap<>(), Workload.READRANDOM, folder.resolve("n"), 1, false, 1);
    Cell cell = CellMain.cell(spec);
    assertEquals(Cell.OK, cell.status(), cell::reason);
    assertNull(cell.digest());
  }

  private Cell cell(Workload workload, String option) {
    TreeMap<String, String> options = new TreeMap<>(Map.of(option, "on"));
    return CellMain.cell(Specs.of("map", options, workload, folder.resolve("store"), 1, false, 1));
  }

  private static Cell measured(CellSpec spec) {
    Cell cell = CellMain.cell(spec);
    assertEquals(Cell.OK, cell.status(), cell::reason);
    assertNotNull(cell.digest());
    return cell;
  }
}
