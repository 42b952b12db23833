package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;

/// What a write cell does first, in a store that is thrown away, so that the code it measures is
/// compiled: writes of the same size, durability and threads in shuffled order.
final class WarmUp {
  private WarmUp() {}

  static CellSpec spec(CellSpec of, long keys, Path directory) {
    return new CellSpec(
        of.id(),
        of.engine(),
        of.options(),
        of.workload() == Workload.FILLSYNC ? Workload.FILLSYNC : Workload.FILLRANDOM,
        keys,
        of.valueBytes(),
        KeyOrder.UNIFORM,
        of.threads(),
        of.virtual(),
        of.durability(),
        of.batch(),
        of.commitEvery(),
        keys,
        keys,
        of.sampledEvery(),
        of.seed(),
        of.repeat(),
        directory.toString(),
        null,
        null,
        of.histogramName());
  }
}
