package dev.plinth.bench.run;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Params;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Compares the digests of engines that were asked to do the same: a second look beside the one in
/// each cell, which knows the expected state.
final class AgreedDigests {
  private AgreedDigests() {}

  /// The same cells; one whose digest differs from that of the first engine has failed.
  static List<Cell> check(List<Cell> cells) {
    Map<String, Cell> firsts = new HashMap<>();
    List<Cell> checked = new ArrayList<>();
    for (Cell cell : cells) {
      Cell result = cell;
      if (cell.isOk() && cell.digest() != null) {
        Cell first = firsts.putIfAbsent(task(cell), cell);
        if (first != null && !cell.digest().equals(first.digest())) {
          result =
              cell.with(
                  Cell.FAILED,
                  "its digest differs from that of "
                      + first.engine()
                      + ", which was asked to do the same");
        }
      }
      checked.add(result);
    }
    return checked;
  }

  private static String task(Cell cell) {
    Params p = cell.params();
    Params comparable =
        new Params(
            p.keys(),
            p.keyBytes(),
            p.valueBytes(),
            p.keyOrder(),
            p.threads(),
            p.virtual(),
            p.durability(),
            true,
            p.batch(),
            p.commitEvery(),
            new TreeMap<>());
    return cell.workload() + comparable;
  }
}
