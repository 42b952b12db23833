package dev.plinth.bench.run;

import dev.plinth.bench.cell.CellMain;
import dev.plinth.bench.cell.CellSpec;
import dev.plinth.bench.machine.MemoryGroup;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.RawLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Measures in a process of its own: the same Java, the same class path, flags that are printed.
/// The process ends when this one does.
public final class Fork {
  private static final int LIMIT_SYNCS = 300;
  private static final long LIMIT_BYTES_MIN = 16L << 20;
  private static final long LIMIT_BYTES_MAX = 256L << 20;
  private static final long LIMIT_KEYS_MAX = 10_000_000;
  private static final int ENTRY_BYTES = 512;

  /// What the JVM gives as the exit code of a process that was ended by the signal 9.
  private static final int KILLED = 128 + 9;

  private final Path out;
  private final List<String> flags;
  private final long timeoutNanos;
  private volatile @Nullable Process current;
  private volatile boolean stopping;

  /// @param out the run's folder, for files that are passed and for logs
  /// @param heap the largest heap, as the JVM's flag wants it
  public Fork(Path out, String heap, long timeoutNanos) {
    this.out = out;
    this.timeoutNanos = timeoutNanos;
    this.flags =
        List.of(
            "-Xmx" + heap,
            "-XX:MaxDirectMemorySize=4g",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED");
  }

  /// The flags of the Java that measures.
  List<String> flags() {
    return flags;
  }

  /// Ends what is being measured, and waits until it has.
  void stop() {
    stopping = true;
    Process process = current;
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  /// Measures a cell.
  ///
  /// @param progress told of finished and all operations
  /// @param group the control group to run in; null for that of this process
  Cell cell(CellSpec spec, BiConsumer<Long, Long> progress, @Nullable MemoryGroup group)
      throws InterruptedException {
    Path specFile = out.resolve("cells").resolve(spec.id() + ".spec.json");
    Path result = out.resolve("cells").resolve(spec.id() + ".result.json");
    Path log = out.resolve("logs").resolve(spec.id() + ".log");
    try {
      Files.deleteIfExists(result);
      JsonFile.write(specFile, spec);
      String trouble = run(List.of(specFile.toString(), result.toString()), log, progress, group);
      if (trouble.isEmpty()) {
        return JsonFile.read(result, Cell.class);
      }
      return CellMain.without(spec, Cell.FAILED, trouble);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Measures the machine's own limits.
  ///
  /// @param folder where to do it
  /// @param runKeys how many keys the run has: the hash probe takes as many, up to a limit
  public RawLimits limits(Path folder, long runKeys) throws InterruptedException {
    long keys = Math.min(runKeys, LIMIT_KEYS_MAX);
    Path result = out.resolve("cells").resolve("limits.json");
    Path log = out.resolve("logs").resolve("limits.log");
    List<String> arguments =
        List.of(
            CellMain.LIMITS,
            folder.toString(),
            Integer.toString(LIMIT_SYNCS),
            Long.toString(Math.clamp(keys * ENTRY_BYTES, LIMIT_BYTES_MIN, LIMIT_BYTES_MAX)),
            Long.toString(keys),
            result.toString());
    try {
      String trouble = run(arguments, log, (_, _) -> {}, null);
      if (!trouble.isEmpty()) {
        throw new IOException("the machine's limits cannot be measured: " + trouble);
      }
      return JsonFile.read(result, RawLimits.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs the process to its end.
  ///
  /// @return what went wrong; empty when nothing did
  private String run(
      List<String> arguments,
      Path log,
      BiConsumer<Long, Long> progress,
      @Nullable MemoryGroup group)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(CellMain.class.getName());
    command.addAll(arguments);
    List<String> started = group == null ? command : group.command(command);
    Process process = new ProcessBuilder(started).redirectError(Redirect.to(log.toFile())).start();
    current = process;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      Thread reader =
          Thread.ofPlatform().daemon().name("bench-fork").start(() -> read(lines, progress));
      if (!process.waitFor(timeoutNanos, TimeUnit.NANOSECONDS)) {
        return "took longer than --cell-timeout; raise it or make the cell smaller";
      }
      reader.join();
      int exit = process.exitValue();
      if (stopping) {
        return "the run was ended";
      }
      if (exit == KILLED && group != null) {
        return "its process was killed: it needs more memory than --memory-limit leaves it; raise"
            + " that, or lower --heap and the engine's buffers";
      }
      return exit == 0
          ? ""
          : "its process ended with exit code " + exit + lastLine(log) + " (log: " + log + ")";
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private static void read(BufferedReader lines, BiConsumer<Long, Long> progress) {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        if (line.startsWith(CellMain.PROGRESS) && words.length == 3) {
          progress.accept(Long.valueOf(words[1]), Long.valueOf(words[2]));
        }
      }
    } catch (IOException e) {
      // The process was ended while it wrote; its exit code tells more.
      Thread.onSpinWait();
    }
  }

  private static String lastLine(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.isEmpty() ? "" : ": " + lines.getFirst();
    } catch (IOException e) {
      return "";
    }
  }
}
