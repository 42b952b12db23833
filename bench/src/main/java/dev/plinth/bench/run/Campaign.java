package dev.plinth.bench.run;

import dev.plinth.bench.cell.CellMain;
import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.MachineProbe;
import dev.plinth.bench.machine.NativeFiles;
import dev.plinth.bench.plan.Matrix;
import dev.plinth.bench.plan.Plan;
import dev.plinth.bench.plan.Plan.Group;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.RawLimits;
import dev.plinth.bench.result.Run;
import dev.plinth.bench.workload.Workload.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs a plan, cell by cell, each in a process of its own, one at a time. Results are on disk
/// after every cell. Made for one use on one thread.
public final class Campaign {
  private final Matrix matrix;
  private final Plan plan;
  private final RunFolder folder;
  private final Path data;
  private final ProgressLine progress;
  private final Fork fork;
  private final MemoryLimit limit;
  private final String version;
  private final String commit;
  private final String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  private final List<Cell> cells = new ArrayList<>();
  private @Nullable RawLimits known;

  /// @param data where stores are made; a folder of their own in there is removed at the end
  /// @param version the version of Plinth
  /// @param commit the commit that it was built from
  public Campaign(
      Matrix matrix,
      Plan plan,
      RunFolder folder,
      Path data,
      ProgressLine progress,
      String version,
      String commit) {
    this.matrix = matrix;
    this.plan = plan;
    this.folder = folder;
    this.data = data.toAbsolutePath();
    this.progress = progress;
    this.fork = new Fork(folder.path(), matrix.heap(), matrix.cellTimeoutNanos());
    this.limit = MemoryLimit.of(matrix);
    this.version = version;
    this.commit = commit;
  }

  /// The same where the machine's limits were measured before.
  public Campaign knowing(RawLimits limits) {
    known = limits;
    return this;
  }

  /// Measures everything.
  public Run run() throws InterruptedException {
    Path stores = makeStoreFolder();
    Thread cleaning = new Thread(() -> stop(stores), "bench-stop");
    Runtime.getRuntime().addShutdownHook(cleaning);
    try {
      RawLimits limits = limits(stores);
      Run head =
          new Run(
              Run.SCHEMA,
              version,
              commit,
              started,
              matrix.seed(),
              MachineProbe.of(stores, limits.syncGrowingMicrosP50()),
              limits,
              RunSettings.of(matrix, fork.flags(), limit),
              List.of(),
              null);
      for (Group group : plan.groups()) {
        run(group, stores.resolve(group.id()), head);
      }
      Run result = head.withCells(AgreedDigests.check(cells));
      folder.write(result);
      progress.clear();
      return result;
    } finally {
      StoreFiles.delete(stores);
    }
  }

  private RawLimits limits(Path stores) throws InterruptedException {
    if (known != null) {
      return known;
    }
    progress.begin("the machine's own limits", false);
    return fork.limits(stores, Collections.max(matrix.keys()));
  }

  /// Leaves no store behind when the run is ended from outside; nothing to do after a normal end.
  private void stop(Path stores) {
    fork.stop();
    StoreFiles.delete(stores);
  }

  private void run(Group group, Path stores, Run head) throws InterruptedException {
    if (group.phased()) {
      runPhases(group, stores, head);
      return;
    }
    Path base = stores.resolve("loaded");
    String trouble = null;
    create(stores);
    for (CellSpec planned : group.cells()) {
      CellSpec spec = limit.told(planned);
      Optional<Cell> earlier = folder.finished(spec);
      if (earlier.isPresent()) {
        progress.begin(spec.id() + " (kept)", true);
        keep(earlier.get(), head);
        continue;
      }
      if (spec.workload().kind() != Kind.FILL && trouble == null && !Files.exists(base)) {
        trouble = load(group, base);
      }
      if (spec.workload().kind() != Kind.FILL && trouble != null) {
        keep(
            CellMain.without(spec, Cell.SKIPPED, "its store could not be loaded: " + trouble),
            head);
        continue;
      }
      keep(measure(spec, stores, base), head);
    }
    StoreFiles.delete(stores);
  }

  /// Each phase goes on with the store that the one before left, so they are kept together or not.
  private void runPhases(Group group, Path stores, Run head) throws InterruptedException {
    Path store = stores.resolve("phases");
    List<CellSpec> specs = group.cells().stream().map(limit::told).toList();
    List<Cell> earlier = new ArrayList<>();
    specs.forEach(spec -> folder.finished(spec).ifPresent(earlier::add));
    boolean kept = earlier.size() == specs.size();
    create(stores);
    String trouble = null;
    if (!kept && specs.getFirst().workload().kind() != Kind.FILL) {
      trouble = load(group, store);
    }
    for (int i = 0; i < specs.size(); i++) {
      CellSpec spec = specs.get(i);
      progress.begin(spec.id() + (kept ? " (kept)" : ""), true);
      if (kept) {
        keep(earlier.get(i), head);
      } else if (trouble != null) {
        keep(CellMain.without(spec, Cell.SKIPPED, "what comes before it failed: " + trouble), head);
      } else {
        NativeFiles.syncFileSystem(stores);
        Cell cell = limit.measured(fork, placed(spec, store), progress::update);
        trouble = cell.isOk() ? null : cell.reason();
        keep(cell, head);
      }
    }
    StoreFiles.delete(stores);
  }

  /// The spec with its store, and with the files that go into the run's folder.
  private CellSpec placed(CellSpec spec, Path store) {
    CellSpec placed = spec.at(store.toString(), folder.histogram(spec).toString());
    String record = spec.place().recordFile();
    return record == null ? placed : placed.recordingTo(folder.path().resolve(record).toString());
  }

  private Cell measure(CellSpec spec, Path stores, Path base) throws InterruptedException {
    progress.begin(spec.id(), true);
    Path store = stores.resolve(spec.id());
    if (spec.workload().kind() == Kind.READ) {
      store = base;
    } else if (spec.workload().kind() == Kind.UPDATE) {
      StoreFiles.copy(base, store);
    }
    // What is still to be written must not be counted as this cell's, nor disturb it.
    NativeFiles.syncFileSystem(stores);
    Cell cell = limit.measured(fork, placed(spec, store), progress::update);
    if (cell.isOk() && spec.isPlainLoad() && !Files.exists(base)) {
      rename(store, base);
    } else if (spec.workload().kind() != Kind.READ) {
      StoreFiles.delete(store);
    }
    return cell;
  }

  /// Loads the store that reads and updates start from.
  ///
  /// @return what went wrong, or null
  private @Nullable String load(Group group, Path base) throws InterruptedException {
    progress.begin(group.load().id(), false);
    Cell cell = fork.cell(group.load().at(base.toString(), null), progress::update, null);
    return cell.isOk() ? null : cell.reason();
  }

  private void keep(Cell cell, Run head) {
    cells.add(cell);
    if (!cell.isOk()) {
      progress.say(
          "%s %s %s: %s"
              .formatted(cell.status(), cell.contestant(), cell.workload(), cell.reason()));
    }
    folder.write(head.withCells(List.copyOf(cells)));
  }

  private Path makeStoreFolder() {
    try {
      Files.createDirectories(data);
      return Files.createTempDirectory(data, "plinth-stores-");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the folder for stores cannot be made: "
              + FileTrouble.words(e)
              + "; name another one by --data",
          e);
    }
  }

  private static void create(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void rename(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
