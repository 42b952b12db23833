package dev.plinth.bench.cell;

import dev.plinth.bench.noop.NoopEngineProvider;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes the workers of a cell.
final class Workers {
  private Workers() {}

  /// One worker for each thread, and one more that works beside them where the workload has one.
  /// When one cannot be made, those made before are closed.
  ///
  /// @param operations how many operations in all
  /// @param pass see [Choosers]
  /// @param tree the folder to ingest, for that workload
  /// @param progress that of the workers
  static List<Worker> of(
      Engine engine,
      CellSpec spec,
      Values values,
      long operations,
      int pass,
      @Nullable FolderTree tree,
      Progress progress) {
    Choosers choosers = new Choosers(spec, operations, pass);
    List<Worker> workers = new ArrayList<>();
    try {
      for (int thread = 0; thread < spec.threads(); thread++) {
        workers.add(worker(engine, spec, values, choosers, thread, tree));
      }
      if (spec.workload() == Workload.READWHILEWRITING) {
        workers.add(
            new PacedWriter(
                engine,
                choosers.writer(),
                values,
                spec.durability(),
                choosers.writes(),
                progress,
                operations,
                spec.phases().firstVersion()));
      }
      return workers;
    } catch (RuntimeException e) {
      workers.forEach(Worker::close);
      throw e;
    }
  }

  /// How many workers there will be.
  static int count(CellSpec spec) {
    return spec.threads() + (spec.workload() == Workload.READWHILEWRITING ? 1 : 0);
  }

  private static Worker worker(
      Engine engine,
      CellSpec spec,
      Values values,
      Choosers choosers,
      int thread,
      @Nullable FolderTree tree) {
    long operations = choosers.operations(thread);
    boolean kept = !spec.engine().equals(NoopEngineProvider.NAME);
    boolean sameKeys = !spec.phases().hasOtherKeys();
    Mix mix = spec.mix();
    if (mix != null) {
      return new MixWorker(
          engine,
          choosers.script(thread, mix),
          values,
          spec.durability(),
          operations,
          kept && sameKeys);
    }
    return switch (spec.workload()) {
      case INGEST ->
          new IngestWorker(
              engine, Objects.requireNonNull(tree), thread, spec.threads(), spec.durability());
      case SCAN -> new ScanWorker(engine, sameKeys ? spec.keys() : -1, operations);
      case SEEKRANDOM -> new SeekWorker(engine, choosers.chooser(thread), operations, sameKeys);
      case READRANDOM, READMISSING, READWHILEWRITING, REOPEN ->
          get(engine, spec, choosers.chooser(thread), values, operations);
      case REPLAY ->
          new ReplayWorker(
              engine,
              Path.of(Objects.requireNonNull(spec.place().trace())),
              values,
              spec.durability(),
              operations);
      case COMPACT -> new CompactWorker(engine, operations);
      case DELETERANDOM -> new DeleteWorker(engine, spec, choosers.chooser(thread), operations);
      default ->
          new PutWorker(
              engine,
              spec,
              choosers.chooser(thread),
              values,
              operations,
              spec.workload() == Workload.OVERWRITE,
              spec.phases().firstVersion());
    };
  }

  private static Worker get(
      Engine engine, CellSpec spec, KeyChooser chooser, Values values, long operations) {
    boolean kept = !spec.engine().equals(NoopEngineProvider.NAME);
    boolean asLoaded = !spec.phases().hasUpdates() && spec.workload().kind() == Workload.Kind.READ;
    return new GetWorker(
        engine,
        chooser,
        values,
        operations,
        spec.workload() != Workload.READMISSING,
        kept && !spec.phases().hasOtherKeys(),
        kept && asLoaded);
  }
}
