package dev.plinth.bench.plan;

import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.cell.Contestant;
import dev.plinth.spi.Durability;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The cells of a matrix, in the order in which they are measured.
///
/// @param groups cells that share a loaded store
public record Plan(List<Group> groups) {

  /// The cells of one engine with one key count, value size and durability: they read the same
  /// loaded store.
  ///
  /// @param id its name, fit for a file name
  /// @param cells fills first, then reads, then updates; or the phases of a list in their order
  /// @param load how the store is loaded that reads and updates start from
  /// @param phased whether all cells are done to one store, one after the other
  public record Group(String id, List<CellSpec> cells, CellSpec load, boolean phased) {}

  /// All cells of a matrix. Cells that would be the same are made once.
  public static Plan of(Matrix matrix) {
    Map<String, CellSpec> seen = new LinkedHashMap<>();
    List<Group> groups = new ArrayList<>();
    for (long keys : matrix.keys()) {
      for (int valueBytes : matrix.valueBytes()) {
        for (Durability durability : matrix.durabilities()) {
          for (Contestant contestant : matrix.contestants()) {
            PlanCells base = new PlanCells(matrix, contestant, keys, valueBytes, durability);
            List<CellSpec> cells = new ArrayList<>();
            for (CellSpec cell : base.cells()) {
              if (seen.putIfAbsent(cell.id(), cell) == null) {
                cells.add(cell);
              }
            }
            if (!cells.isEmpty()) {
              groups.add(new Group(base.id(), cells, base.load(), false));
            }
            groups.addAll(base.phased());
          }
        }
      }
    }
    return new Plan(groups);
  }

  /// The groups of one of several shards: every `shards`-th.
  ///
  /// @param shard from 1
  public Plan shard(int shard, int shards) {
    List<Group> mine = new ArrayList<>();
    for (int i = shard - 1; i < groups.size(); i += shards) {
      mine.add(groups.get(i));
    }
    return new Plan(mine);
  }

  /// How many cells there are.
  public int cells() {
    return groups.stream().mapToInt(group -> group.cells().size()).sum();
  }
}
