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
            of.commitEvery());
    return new CellSpec(
        of.id(),
        of.contestant(),
        of.workload() == Workload.FILLSYNC ? Workload.FILLSYNC : Workload.FILLRANDOM,
        keys,
        of.valueBytes(),
        manner,
        keys,
        keys,
        of.sampledEvery(),
        of.seed(),
        of.repeat(),
        of.memory(),
        new CellSpec.Place(directory.toString(), null, null, ""));
  }
}
