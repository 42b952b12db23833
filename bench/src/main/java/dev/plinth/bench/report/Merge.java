package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Run;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Joins the shards of one run.
public final class Merge {
  private Merge() {}

  /// One run with the cells of all shards.
  ///
  /// @throws StorageException.InvalidConfiguration when the shards have different seeds, versions
  ///   or machines, or share a cell
  public static Run of(List<Run> shards) {
    Run first = shards.getFirst();
    List<Cell> cells = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Run shard : shards) {
      require(first.seed() == shard.seed(), "seeds");
      require(first.commit().equals(shard.commit()), "commits");
      require(
          first.machine().cpu().equals(shard.machine().cpu())
              && first.machine().cores() == shard.machine().cores(),
          "machines");
      for (Cell cell : shard.cells()) {
        if (!seen.add(cell.contestant() + cell.workload() + cell.params() + cell.repeat())) {
          throw new StorageException.InvalidConfiguration(
              "two of the runs hold "
                  + cell.workload()
                  + " of "
                  + cell.contestant()
                  + "; merge each shard once");
        }
        cells.add(cell);
      }
    }
    return first.withCells(cells);
  }

  private static void require(boolean same, String what) {
    if (!same) {
      throw new StorageException.InvalidConfiguration(
          "the runs have different " + what + ", so they are not shards of one run");
    }
  }
}
