package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
    boolean replay = workload == Workload.REPLAY;
    CellSpec.Manner manner =
        new CellSpec.Manner(
            workload.order(KeyOrder.UNIFORM),
            threads,
            virtual,
            workload.durability(Durability.WRITTEN),
            batch,
            0,
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
        0,
        workload.sampledEvery(),
        9,
        0,
        CellSpec.Phases.NONE,
        CellSpec.Memory.FREE,
        new CellSpec.Place(
            store.toString(),
            ingest ? store.resolveSibling("tree").toString() : null,
            replay ? store.resolveSibling("trace").toString() : null,
            null,
            null,
            ""));
  }

  /// The workload `mix` on a loaded store.
  static CellSpec mix(String mix, KeyOrder order, Path store, int threads) {
    CellSpec spec = of(Workload.MIX, store, threads, false, 1);
    return with(spec, order, 0, Mix.of(mix), spec.operations() / 4);
  }

  /// The same with other operations, at a fixed rate or at none.
  static CellSpec with(CellSpec spec, long operations, long ratePerSecond) {
    return with(spec, spec.order(), ratePerSecond, null, operations);
  }

  private static CellSpec with(
      CellSpec spec, KeyOrder order, long ratePerSecond, @Nullable Mix mix, long operations) {
    CellSpec.Manner manner =
        new CellSpec.Manner(
            order,
            spec.threads(),
            spec.virtual(),
            spec.durability(),
            spec.batch(),
            spec.commitEvery(),
            ratePerSecond,
            mix);
    return new CellSpec(
        spec.id(),
        spec.contestant(),
        spec.workload(),
        spec.keys(),
        spec.valueBytes(),
        manner,
        operations,
        spec.warmUpOperations(),
        spec.warmUpNanos(),
        spec.sampledEvery(),
        spec.seed(),
        spec.repeat(),
        spec.phases(),
        spec.memory(),
        spec.place());
  }
}
