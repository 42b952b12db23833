package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;

/// What a write cell does first, in a store that is thrown away, so that the code it measures is
/// compiled: writes of the same size, durability and threads in shuffled order.
final class WarmUp {
  private WarmUp() {}

  static CellSpec spec(CellSpec of, long keys, Path directory) {
    CellSpec.Manner manner =
        new CellSpec.Manner(
            KeyOrder.UNIFORM,
            of.threads(),
            of.virtual(),
            of.durability(),
            of.batch(),
            of.commitEvery(),
            0);
    return with(
        of,
        of.workload() == Workload.FILLSYNC ? Workload.FILLSYNC : Workload.FILLRANDOM,
        keys,
        manner,
        CellSpec.Phases.NONE,
        directory);
  }

  /// Reads of the measured store, for workloads that read and write.
  static CellSpec reads(CellSpec of) {
    CellSpec.Manner manner =
        new CellSpec.Manner(KeyOrder.UNIFORM, of.threads(), of.virtual(), of.durability(), 1, 0, 0);
    return with(of, Workload.READRANDOM, of.keys(), manner, of.phases(), Path.of(of.directory()));
  }

  private static CellSpec with(
      CellSpec of,
      Workload workload,
      long keys,
      CellSpec.Manner manner,
      CellSpec.Phases phases,
      Path directory) {
    return new CellSpec(
        of.id(),
        of.contestant(),
        workload,
        keys,
        of.valueBytes(),
        manner,
        keys,
        keys,
        of.sampledEvery(),
        of.seed(),
        of.repeat(),
        phases,
        of.memory(),
        new CellSpec.Place(directory.toString(), null, null, null, null, ""));
  }
}
