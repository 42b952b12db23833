package dev.plinth.bench.cell;

import dev.plinth.bench.machine.RawLimitsProbe;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Params;
import dev.plinth.bench.trace.TraceState;
import dev.plinth.bench.trace.TraceSummary;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;

/// The main class of the process that measures one cell: `CellMain SPEC RESULT`, both JSON files;
/// or `CellMain --limits FOLDER SYNCS BYTES KEYS RESULT` for the machine's own limits. Progress
/// goes to standard output. It ends when its standard input does, so that it never outlives its
/// run.
public final class CellMain {
  /// How a line of progress begins; behind it stand finished and all operations.
  public static final String PROGRESS = "progress ";

  /// The first argument for measuring the machine's own limits.
  public static final String LIMITS = "--limits";

  private CellMain() {}

  /// Measures.
  public static void main(String[] args) {
    Thread.ofPlatform().daemon().name("bench-parent").start(CellMain::endWithParent);
    if (args[0].equals(LIMITS)) {
      RawLimitsProbe probe =
          new RawLimitsProbe(
              Path.of(args[1]),
              Integer.parseInt(args[2]),
              Long.parseLong(args[3]),
              Long.parseLong(args[4]));
      JsonFile.write(Path.of(args[5]), probe.measure());
    } else if (args[0].equals(Reopening.OPEN) || args[0].equals(Reopening.KILLED)) {
      Reopening.main(args[0], JsonFile.read(Path.of(args[1]), CellSpec.class));
    } else {
      CellSpec spec = JsonFile.read(Path.of(args[0]), CellSpec.class);
      JsonFile.write(Path.of(args[1]), cell(spec));
    }
    System.exit(0);
  }

  /// Measures a cell; whatever goes wrong becomes its reason.
  static Cell cell(CellSpec spec) {
    try {
      return new CellRun(spec, new Output(System.out, spec.operations())).run();
    } catch (StorageException.Unsupported | StorageException.LimitExceeded e) {
      e.printStackTrace();
      return without(spec, Cell.SKIPPED, String.valueOf(e.getMessage()));
    } catch (StorageException | WrongAnswerException e) {
      e.printStackTrace();
      return without(spec, Cell.FAILED, String.valueOf(e.getMessage()));
    } catch (Throwable e) {
      e.printStackTrace();
      return without(spec, Cell.FAILED, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  /// A cell that was not measured.
  public static Cell without(CellSpec spec, String status, String reason) {
    return Cell.without(
        spec.engine(),
        spec.contestant().variant(),
        Contestants.isPeer(spec.engine()),
        spec.workload().label(),
        status,
        reason,
        params(spec),
        spec.repeat());
  }

  /// What the results say about what a cell was asked to do.
  static Params params(CellSpec spec) {
    EngineOptions options = Engines.options(Engines.provider(spec.engine()), spec.options());
    long keys = spec.keys();
    int keyBytes = Keys.BYTES;
    int valueBytes = spec.valueBytes();
    String folder = spec.ingestDirectory();
    if (folder != null) {
      FolderTree tree = FolderTree.of(Path.of(folder));
      keys = tree.parts().size();
      keyBytes = (int) (tree.keyBytes() / Math.max(1, keys));
      valueBytes = (int) ((tree.bytes() - tree.keyBytes()) / Math.max(1, keys));
    }
    String trace = spec.place().trace();
    if (trace != null) {
      TraceSummary summary = TraceState.of(Path.of(trace)).summary();
      keyBytes = summary.keyBytes();
      valueBytes = summary.valueBytes();
    }
    return new Params(
        keys,
        keyBytes,
        valueBytes,
        spec.order().name().toLowerCase(Locale.ROOT),
        spec.threads(),
        spec.virtual(),
        spec.durability().name().toLowerCase(Locale.ROOT),
        options.wal(),
        spec.batch(),
        spec.commitEvery(),
        spec.ratePerSecond(),
        spec.phases().label(),
        mixLabel(spec),
        spec.operations(),
        spec.memory().limitBytes(),
        spec.memory().by(),
        new TreeMap<>(options.texts()));
  }

  private static String mixLabel(CellSpec spec) {
    Mix mix = spec.mix();
    return mix == null || spec.workload() != Workload.MIX ? "" : mix.label();
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is said on standard input; only its end counts.
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(3);
    }
    Runtime.getRuntime().halt(3);
  }
}
