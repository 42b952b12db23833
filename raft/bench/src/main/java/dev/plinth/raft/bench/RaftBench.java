package dev.plinth.raft.bench;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.MachineProbe;
import dev.plinth.bench.result.JsonFile;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs cells one after the other, each in a process of its own and on an empty directory, keeps
/// `results.json` up to date and prints a table.
public final class RaftBench {
  private static final int SCHEMA = 1;
  private static final String NONE = "-";

  private final Path out;
  private final Path work;
  private final String heap;
  private final PrintStream screen;

  /// @param out gets `results.json`, the cells and their logs; made when missing
  /// @param work holds the stores while they are measured; emptied afterwards
  /// @param heap the largest heap of a measuring process, such as `512m`
  public RaftBench(Path out, Path work, String heap, PrintStream screen) {
    this.out = out;
    this.work = work;
    this.heap = heap;
    this.screen = screen;
  }

  /// What a run says about itself.
  ///
  /// @param version of Plinth
  /// @param commit the commit it was built from
  /// @param seed decides the payloads
  public record About(String version, String commit, long seed) {}

  /// Measures every cell.
  ///
  /// @return how many failed
  public int run(List<RaftCell> cells, About about) throws InterruptedException {
    String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    List<RaftResult> results = new ArrayList<>();
    try {
      Files.createDirectories(out.resolve("cells"));
      Files.createDirectories(work);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < cells.size(); i++) {
      RaftCell cell = cells.get(i);
      RaftResult result = fork(cell, i);
      results.add(result);
      write(results, about, started);
      screen.println(line(result));
      screen.flush();
    }
    return (int) results.stream().filter(result -> !result.isOk()).count();
  }

  private void write(List<RaftResult> results, About about, String started) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("schema", SCHEMA);
    run.put("version", about.version());
    run.put("commit", about.commit());
    run.put("started", started);
    run.put("seed", about.seed());
    run.put("machine", MachineProbe.of(work, syncMicros(results)));
    run.put("cells", results);
    JsonFile.write(out.resolve("results.json"), run);
  }

  /// The median of a raw batch, the only plain sync that was measured; 0 when it was not.
  private static double syncMicros(List<RaftResult> results) {
    for (RaftResult result : results) {
      Map<String, ?> latency = result.latency();
      if (result.engine().equals(RaftCell.RAW)
          && latency != null
          && latency.get("p50") instanceof Number p50) {
        return p50.doubleValue() / 1e3;
      }
    }
    return 0;
  }

  private RaftResult fork(RaftCell cell, int number) throws InterruptedException {
    String id = number + "-" + cell.workload() + "-" + cell.store() + "-r" + cell.repeat();
    Path directory = work.resolve(id);
    Path spec = out.resolve("cells").resolve(id + ".spec.json");
    Path result = out.resolve("cells").resolve(id + ".result.json");
    Path log = out.resolve("cells").resolve(id + ".log");
    try {
      Files.deleteIfExists(result);
      StoreFiles.delete(directory);
      JsonFile.write(spec, at(cell, directory));
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
          ? JsonFile.read(result, RaftResult.class)
          : RaftResult.failed(cell, "its process ended with exit code " + exit + " (" + log + ")");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      StoreFiles.delete(directory);
      StoreFiles.delete(work.resolve(id + "-warm-up"));
    }
  }

  private static RaftCell at(RaftCell cell, Path directory) {
    return new RaftCell(
        cell.store(),
        cell.workload(),
        cell.entries(),
        cell.entryBytes(),
        cell.batch(),
        cell.threads(),
        cell.groups(),
        cell.kept(),
        cell.options(),
        directory.toString(),
        cell.seed(),
        cell.repeat());
  }

  private List<String> command(Path spec, Path result) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + heap,
        "-XX:MaxDirectMemorySize=4g",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        RaftCellMain.class.getName(),
        spec.toString(),
        result.toString());
  }

  /// The head of the table.
  public static String head() {
    return String.format(
        Locale.ROOT,
        "| %-28s | %-11s | %-6s | %11s | %8s | %8s | %6s | %8s | %s"
            + " |%n|---|---|---|---|---|---|---|---|---|",
        "store",
        "workload",
        "wal",
        "entries/s",
        "p50 us",
        "p99 us",
        "write",
        "write_os",
        "more");
  }

  private static String line(RaftResult result) {
    Map<String, ?> latency = result.latency();
    Map<String, ?> amplification = result.amplification();
    if (!result.isOk() || latency == null || amplification == null) {
      return "| " + result.engine() + " | " + result.workload() + " | " + result.reason() + " |";
    }
    StringBuilder more = new StringBuilder();
    result
        .details()
        .forEach(
            (name, value) ->
                more.append(name)
                    .append(' ')
                    .append(String.format(Locale.ROOT, "%.4g", value.doubleValue()))
                    .append("; "));
    Double rate = result.opsPerSecond();
    return String.format(
        Locale.ROOT,
        "| %-28s | %-11s | %-6s | %11.0f | %8s | %8s | %6s | %8s | %s |",
        result.engine(),
        result.workload(),
        result.params().get("wal"),
        rate == null ? 0.0 : rate,
        micros(latency.get("p50")),
        micros(latency.get("p99")),
        share(amplification.get("write")),
        share(amplification.get("write_os")),
        more);
  }

  private static String micros(@Nullable Object nanos) {
    return nanos instanceof Number number
        ? String.format(Locale.ROOT, "%.1f", number.doubleValue() / 1e3)
        : NONE;
  }

  private static String share(@Nullable Object value) {
    return value instanceof Number number
        ? String.format(Locale.ROOT, "%.3f", number.doubleValue())
        : NONE;
  }
}
