package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/// Small cells for tests.
final class Specs {
  private Specs() {}

  static CellSpec of(Workload workload, Path store, int threads, boolean virtual, int batch) {
    return of("map", new TreeMap<>(), workload, store, threads, virtual, batch);
  }

  static CellSpec of(
      String engine,
      SortedMap<String, String> options,
      Workload workload,
      Path store,
      int threads,
      boolean virtual,
      int batch) {
    boolean ingest = workload == Workload.INGEST;
    CellSpec.Manner manner =
        new CellSpec.Manner(
            workload.order(KeyOrder.UNIFORM),
            threads,
            virtual,
            workload.durability(Durability.WRITTEN),
            batch,
            0);
    return new CellSpec(
        workload.label(),
        new Contestant(engine, "", options),
        workload,
        1_003,
        100,
        manner,
        workload == Workload.OVERWRITE ? 2_500 : 1_003,
        50,
        workload.sampledEvery(),
        9,
        0,
        CellSpec.Memory.FREE,
        new CellSpec.Place(
            store.toString(), ingest ? store.resolveSibling("tree").toString() : null, null, ""));
  }
}
