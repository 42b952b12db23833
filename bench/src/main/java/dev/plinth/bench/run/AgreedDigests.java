package dev.plinth.bench.run;

import dev.plinth.bench.result.Cell;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
                      + first.contestant()
                      + ", which was asked to do the same");
        }
      }
      checked.add(result);
    }
    return checked;
  }

  private static String task(Cell cell) {
    return cell.workload() + cell.params().task();
  }
}
