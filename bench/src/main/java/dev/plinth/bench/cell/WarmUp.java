package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;

/// What a write cell does first, in a store that is thrown away, so that the code it measures is
/// compiled: writes of the same size, durability and threads in shuffled order.
final class WarmUp {
  private static final int SEEKS = 10;

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
        keys,
        manner,
        CellSpec.Phases.NONE,
        directory);
  }

  /// Reads of the measured store, for workloads that read and write.
  static CellSpec reads(CellSpec of) {
    return reads(of, Workload.READRANDOM, of.keys());
  }

  /// Range reads of the measured store, for workloads that have some.
  static CellSpec scans(CellSpec of) {
    return reads(of, Workload.SEEKRANDOM, Math.max(1, of.warmUpOperations() / SEEKS));
  }

  private static CellSpec reads(CellSpec of, Workload workload, long operations) {
    CellSpec.Manner manner =
        new CellSpec.Manner(KeyOrder.UNIFORM, of.threads(), of.virtual(), of.durability(), 1, 0, 0);
    return with(of, workload, of.keys(), operations, manner, of.phases(), Path.of(of.directory()));
  }

  private static CellSpec with(
      CellSpec of,
      Workload workload,
      long keys,
      long operations,
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
        operations,
        operations,
        of.warmUpNanos(),
        of.sampledEvery(),
        of.seed(),
        of.repeat(),
        phases,
        of.memory(),
        new CellSpec.Place(directory.toString(), null, null, null, null, ""));
  }
}
