package dev.plinth.raft.bench;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import java.nio.file.Path;

/// The main class of the process that measures one cell: `RaftCellMain SPEC RESULT`, both JSON
/// files.
public final class RaftCellMain {
  private RaftCellMain() {}

  /// Measures.
  public static void main(String[] args) {
    RaftCell cell = JsonFile.read(Path.of(args[0]), RaftCell.class);
    JsonFile.write(Path.of(args[1]), measure(cell));
    System.exit(0);
  }

  private static Measured work(RaftCell cell) throws InterruptedException {
    if (cell.store().equals(RaftCell.RAW)) {
      return cell.kind() == RaftCell.Kind.RAFTGROUPS
          ? new RawGroups(cell).run()
          : new RawWork(cell).run();
    }
    return cell.kind().isLog() ? new LogWork(cell).run() : new StateWork(cell).run();
  }

  /// Measures a cell in this process; whatever goes wrong becomes its reason.
  static Cell measure(RaftCell cell) {
    try {
      return RaftFigures.of(cell, work(cell));
    } catch (Throwable e) {
      e.printStackTrace();
      return RaftFigures.failed(cell, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }
}
