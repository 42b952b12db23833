package dev.plinth.cli.kv;

import dev.plinth.cli.Main;
import dev.plinth.kv.KvException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A cluster of three nodes in a process of its own, for measuring, in a folder that is removed
/// when it is closed.
final class BenchServer implements AutoCloseable {
  private static final int NODES = 3;

  private final Process process;
  private final Path folder;
  private final int port;

  private BenchServer(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
  }

  /// Which storage a cluster is on.
  ///
  /// @param name how it is called in results
  /// @param log what `log.engine` says
  /// @param engine what `state.engine` says
  record Storage(String name, String log, String engine) {
    /// Reads `LOG+ENGINE`.
    static Storage of(String text) {
      int plus = text.indexOf('+');
      if (plus < 1 || plus == text.length() - 1) {
        throw new KvException(
            KvException.Kind.INVALID,
            "--storages " + text + ": LOG+ENGINE is expected, such as segmented+bitcask");
      }
      return new Storage(text, text.substring(0, plus), text.substring(plus + 1));
    }
  }

  /// Starts a cluster and waits until it is ready.
  ///
  /// @param port the first of three ports for clients; the members' ports are a hundred behind
  static BenchServer start(Path parent, Storage storage, String heap, int port) {
    try {
      Path folder = Files.createTempDirectory(Files.createDirectories(parent), "kv-bench");
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx" + heap);
      command.add("-Xms" + heap);
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
      command.addAll(List.of("kv", "serve", "--dir", folder.toString(), "--cluster", "3"));
      command.addAll(List.of("--port", "" + port, "--raft-port", "" + (port + 100)));
      command.addAll(List.of("--engines", storage.engine()));
      command.addAll(List.of("--set", "log.engine=" + storage.log()));
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      BenchServer server = new BenchServer(process, folder, port);
      server.awaitReady(storage);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitReady(Storage storage) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    while (line != null && !line.equals("ready")) {
      line = out.readLine();
    }
    if (line == null) {
      close();
      throw new KvException(
          KvException.Kind.FAILED, "the server on " + storage.name() + " did not come up");
    }
  }

  /// Where clients come.
  List<String> addresses() {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      addresses.add("127.0.0.1:" + (port + i));
    }
    return addresses;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
