package dev.plinth.raft.bench;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.MachineProbe;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Details;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.bench.run.RunFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/// Runs cells one after the other, each in a process of its own and on an empty directory, and
/// keeps `results.json` up to date, in the form of the bench.
public final class RaftBench {
  private final Path out;
  private final Path work;
  private final String heap;
  private final boolean resume;
  private final PrintStream screen;

  /// @param out gets `results.json`, the cells and their logs; made when missing
  /// @param work holds the stores while they are measured; emptied afterwards
  /// @param heap the largest heap of a measuring process, such as `512m`
  /// @param resume whether cells that an earlier run into `out` has measured are taken from there
  public RaftBench(Path out, Path work, String heap, boolean resume, PrintStream screen) {
    this.out = out;
    this.work = work;
    this.heap = heap;
    this.resume = resume;
    this.screen = screen;
  }

  /// What a run says about itself.
  ///
  /// @param version of Plinth
  /// @param commit the commit it was built from
  /// @param seed decides the payloads
  public record About(String version, String commit, long seed) {}

  /// Measures every cell.
  public Run run(List<RaftCell> cells, About about) throws InterruptedException {
    RunFolder folder = RunFolder.open(out, resume);
    String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    List<Cell> results = new ArrayList<>();
    try {
      Files.createDirectories(work);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Run run = of(results, about, started);
    for (int i = 0; i < cells.size(); i++) {
      RaftCell cell = cells.get(i);
      Cell result = fork(cell);
      results.add(result);
      run = of(results, about, started);
      folder.write(run);
      screen.println("%d/%d %s".formatted(i + 1, cells.size(), line(result)));
      screen.flush();
    }
    return run;
  }

  private Run of(List<Cell> results, About about, String started) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("JVM flags of each cell", String.join(" ", flags()));
    settings.put(
        "operation", "an entry; latencies are those of a batch until it is durable or applied");
    settings.put("sync of the machine", "the median of the raw cell: a batch written and synced");
    for (RaftCell.Kind kind : RaftCell.Kind.values()) {
      settings.put(kind.label(), kind.description());
    }
    return new Run(
        Run.SCHEMA,
        about.version(),
        about.commit(),
        started,
        about.seed(),
        MachineProbe.of(work, syncMicros(results)),
        null,
        settings,
        List.copyOf(results),
        null);
  }

  /// The median of a raw batch, the only plain sync that was measured; 0 when it was not.
  private static double syncMicros(List<Cell> results) {
    for (Cell result : results) {
      Cell.Latency latency = result.latencyNanos();
      if (result.engine().equals(RaftCell.RAW) && latency != null) {
        return latency.p50() / 1e3;
      }
    }
    return 0;
  }

  private static String id(RaftCell cell) {
    String variant = RaftFigures.variant(cell);
    return String.join(
        "-",
        cell.workload(),
        cell.store() + (variant.isEmpty() ? "" : "-" + variant),
        Long.toString(cell.entries()),
        "v" + cell.entryBytes(),
        "b" + cell.batch(),
        "g" + cell.groups(),
        "u" + cell.burst(),
        "r" + cell.repeat());
  }

  private Cell fork(RaftCell cell) throws InterruptedException {
    String id = id(cell);
    Path directory = work.resolve(id);
    Path spec = out.resolve("cells").resolve(id + ".spec.json");
    Path result = out.resolve("cells").resolve(id + ".result.json");
    Path log = out.resolve("logs").resolve(id + ".log");
    RaftCell there = cell.at(directory);
    try {
      if (resume && Files.exists(result) && Files.exists(spec)) {
        Cell kept = JsonFile.read(result, Cell.class);
        if (kept.isOk() && JsonFile.read(spec, RaftCell.class).equals(there)) {
          return kept;
        }
      }
      Files.deleteIfExists(result);
      StoreFiles.delete(directory);
      JsonFile.write(spec, there);
      Process process =
          new ProcessBuilder(command(spec, result))
              .redirectErrorStream(true)
              .redirectOutput(Redirect.to(log.toFile()))
              .start();
      int exit;
      try {
        exit = process.waitFor();
      } finally {
        process.destroyForcibly();
      }
      return exit == 0
          ? JsonFile.read(result, Cell.class)
          : RaftFigures.failed(cell, "its process ended with exit code " + exit + " (" + log + ")");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      StoreFiles.delete(directory);
      StoreFiles.delete(work.resolve(id + "-warm-up"));
    }
  }

  private List<String> flags() {
    return List.of(
        "-Xmx" + heap,
        "-XX:MaxDirectMemorySize=4g",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.nio=ALL-UNNAMED");
  }

  private List<String> command(Path spec, Path result) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            RaftCellMain.class.getName(),
            spec.toString(),
            result.toString()));
    return command;
  }

  /// One line on what came out.
  private static String line(Cell cell) {
    String name = cell.workload() + " " + cell.contestant();
    if (!cell.isOk() || cell.opsPerSecond() == null) {
      return name + " " + cell.status() + ": " + cell.reason();
    }
    StringBuilder line = new StringBuilder(name);
    line.append(String.format(Locale.ROOT, ": %,.0f entries/s", cell.opsPerSecond()));
    Details details = cell.details();
    if (details != null) {
      details
          .engineDetails()
          .forEach((what, value) -> line.append("; ").append(what).append(' ').append(value));
    }
    return line.toString();
  }
}
