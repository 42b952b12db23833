package dev.plinth.bench.cell;

import dev.plinth.bench.noop.NoopEngineProvider;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes the workers of a cell.
final class Workers {
  private Workers() {}

  /// One worker for each thread. When one cannot be made, those made before are closed.
  ///
  /// @param operations how many operations in all
  /// @param pass see [Choosers]
  /// @param tree the folder to ingest, for that workload
  static List<Worker> of(
      Engine engine,
      CellSpec spec,
      Values values,
      long operations,
      int pass,
      @Nullable FolderTree tree) {
    Choosers choosers = new Choosers(spec, operations, pass);
    List<Worker> workers = new ArrayList<>();
    try {
      for (int thread = 0; thread < spec.threads(); thread++) {
        workers.add(worker(engine, spec, values, choosers, thread, tree));
      }
      return workers;
    } catch (RuntimeException e) {
      workers.forEach(Worker::close);
      throw e;
    }
  }

  private static Worker worker(
      Engine engine,
      CellSpec spec,
      Values values,
      Choosers choosers,
      int thread,
      @Nullable FolderTree tree) {
    long operations = choosers.operations(thread);
    Workload workload = spec.workload();
    if (workload == Workload.INGEST) {
      return new IngestWorker(
          engine, Objects.requireNonNull(tree), thread, spec.threads(), spec.durability());
    }
    if (workload == Workload.SCAN) {
      return new ScanWorker(engine, spec.keys(), operations);
    }
    KeyChooser chooser = choosers.chooser(thread);
    return switch (workload) {
      case READRANDOM, READMISSING ->
          new GetWorker(
              engine,
              chooser,
              values,
              operations,
              workload == Workload.READRANDOM,
              !spec.engine().equals(NoopEngineProvider.NAME));
      case SEEKRANDOM -> new SeekWorker(engine, chooser, operations);
      default ->
          new PutWorker(engine, spec, chooser, values, operations, workload == Workload.OVERWRITE);
    };
  }
}
