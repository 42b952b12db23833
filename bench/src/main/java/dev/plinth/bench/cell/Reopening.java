package dev.plinth.bench.cell;

import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the workload `reopen` does in processes of their own, since a store is opened by a process
/// that has just begun, and since only a process that ends at once leaves what a kill leaves.
final class Reopening {
  /// The argument for opening a store and closing it again; the microseconds are printed.
  static final String OPEN = "--open";

  /// The argument for overwriting and ending without closing anything.
  static final String KILLED = "--killed";

  private static final int EXIT_KILLED = 137;

  private Reopening() {}

  /// The overwrites that go before the kill.
  static CellSpec overwrites(CellSpec spec) {
    return spec.with(Workload.OVERWRITE);
  }

  /// Opens a store that was closed, in a process of its own.
  ///
  /// @return microseconds until the first read was answered
  static long afterClose(CellSpec spec) throws InterruptedException {
    return Long.parseLong(run(OPEN, spec, 0).strip());
  }

  /// Overwrites in a process of its own, which ends as a kill ends it.
  static void killed(CellSpec spec) throws InterruptedException {
    String ignored = run(KILLED, overwrites(spec), EXIT_KILLED);
    assert ignored.isEmpty();
  }

  /// Looks a key up: only then an engine has shown that it is open.
  static void firstRead(Engine engine) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(Keys.BYTES, 8);
      Keys.present(key, 0, 0);
      var _ = engine.read(key, 0, Keys.BYTES, (_, _, _) -> {});
    }
  }

  /// What such a process does.
  static void main(String what, CellSpec spec) {
    EngineProvider provider = Engines.provider(spec.engine());
    EngineOptions options = Engines.options(provider, spec.options());
    Path directory = Path.of(spec.directory());
    long start = System.nanoTime();
    Engine engine = Engines.open(directory, provider, options, EngineEnvironment.standard());
    if (what.equals(OPEN)) {
      firstRead(engine);
      System.out.println((System.nanoTime() - start) / 1000);
      engine.close();
      return;
    }
    try {
      Progress progress = new Progress(Workers.count(spec));
      Values values = new Values(spec.valueBytes(), spec.seed());
      List<Worker> workers = Workers.of(engine, spec, values, spec.operations(), 0, null, progress);
      new Driver(workers, spec.virtual(), spec.sampledEvery(), 0, progress).run();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while overwriting", e);
    }
    Runtime.getRuntime().halt(EXIT_KILLED);
  }

  private static String run(String what, CellSpec spec, int exitExpected)
      throws InterruptedException {
    Path file = Path.of(spec.directory() + what + ".json");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(CellMain.class.getName());
    command.add(what);
    command.add(file.toString());
    try {
      JsonFile.write(file, spec);
      Process process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
      try {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != exitExpected) {
          throw new IllegalStateException(
              "the process of " + what + " ended with exit code " + exit + ": " + said.strip());
        }
        return said;
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
