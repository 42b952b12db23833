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

/// A cluster of three nodes in a process of its own, or in three, for measuring, in a folder that
/// is removed when it is closed.
final class BenchServer implements AutoCloseable {
  private static final int NODES = 3;

  private static final int RAFT_PORTS_BEHIND = 100;

  private final List<Process> processes = new ArrayList<>();
  private final Path folder;
  private final int port;

  private BenchServer(Path folder, int port) {
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
  /// @param heap of each process
  /// @param port the first of three ports for clients; the members' ports are a hundred behind
  /// @param apart whether each node has a process of its own
  static BenchServer start(Path parent, Storage storage, String heap, int port, boolean apart) {
    try {
      Path folder = Files.createTempDirectory(Files.createDirectories(parent), "kv-bench");
      BenchServer server = new BenchServer(folder, port);
      for (int i = 0; i < (apart ? NODES : 1); i++) {
        List<String> command = java(heap);
        command.addAll(List.of("--set", "log.engine=" + storage.log()));
        command.addAll(apart ? server.node(i, storage) : server.cluster(storage));
        server.processes.add(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
      }
      for (Process process : server.processes) {
        server.awaitReady(process, storage);
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> java(String heap) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + heap);
    command.add("-Xms" + heap);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("kv", "serve"));
    return command;
  }

  private List<String> cluster(Storage storage) {
    return List.of(
        "--dir",
        folder.toString(),
        "--cluster",
        Integer.toString(NODES),
        "--port",
        Integer.toString(port),
        "--raft-port",
        Integer.toString(port + RAFT_PORTS_BEHIND),
        "--engines",
        storage.engine());
  }

  private List<String> node(int number, Storage storage) {
    List<String> peers = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      peers.add(name(i) + "=" + address(i + RAFT_PORTS_BEHIND));
    }
    return List.of(
        "--dir",
        folder.resolve(name(number)).toString(),
        "--id",
        name(number),
        "--listen",
        address(number),
        "--peers",
        String.join(",", peers),
        "--engine",
        storage.engine());
  }

  private static String name(int number) {
    return "n" + (number + 1);
  }

  private String address(int behind) {
    return "127.0.0.1:" + (port + behind);
  }

  private void awaitReady(Process process, Storage storage) throws IOException {
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
      addresses.add(address(i));
    }
    return addresses;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroy);
    try {
      for (Process process : processes) {
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
        }
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    } catch (InterruptedException e) {
      processes.forEach(Process::destroyForcibly);
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
