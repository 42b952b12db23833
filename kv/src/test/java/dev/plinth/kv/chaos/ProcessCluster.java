package dev.plinth.kv.chaos;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Three nodes as three processes on three engines, with a [Link] from each to each.
final class ProcessCluster implements AutoCloseable {
  static final int NODES = 3;

  private static final List<String> ENGINES = List.of("lsm-leveled", "bitcask", "btree");

  private final Path folder;
  private final int[] clientPorts = new int[NODES];
  private final int[] raftPorts = new int[NODES];
  private final @Nullable Link[][] links = new Link[NODES][NODES];
  private final @Nullable Process[] processes = new Process[NODES];

  ProcessCluster(Path folder) throws IOException {
    this.folder = folder;
    SplittableRandom random =
        new SplittableRandom(ProcessHandle.current().pid() * 31 + System.nanoTime());
    for (int i = 0; i < NODES; i++) {
      clientPorts[i] = freePort(random);
      raftPorts[i] = freePort(random);
    }
    for (int i = 0; i < NODES; i++) {
      for (int j = 0; j < NODES; j++) {
        if (i != j) {
          links[i][j] = new Link(raftPorts[j]);
        }
      }
    }
  }

  private static int freePort(SplittableRandom random) {
    for (int i = 0; i < 1000; i++) {
      int port = 10_000 + random.nextInt(20_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it: try another.
      }
    }
    throw new IllegalStateException("no free port");
  }

  String address(int number) {
    return "127.0.0.1:" + clientPorts[number];
  }

  List<String> addresses() {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      addresses.add(address(i));
    }
    return addresses;
  }

  void start(int number) throws IOException {
    List<String> routes = new ArrayList<>();
    List<String> peers = new ArrayList<>();
    for (int j = 0; j < NODES; j++) {
      peers.add("n" + (j + 1) + "=127.0.0.1:" + raftPorts[j]);
      if (j != number) {
        routes.add("127.0.0.1:" + raftPorts[j] + ">127.0.0.1:" + link(number, j).port());
      }
    }
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-D" + RoutedRpcFactory.ROUTES + "=" + String.join(",", routes),
            "-cp",
            System.getProperty("java.class.path"),
            NodeMain.class.getName(),
            folder.resolve("n" + (number + 1)).toString(),
            "node.id=n" + (number + 1),
            "peers=" + String.join(",", peers),
            "listen=" + address(number),
            "state.engine=" + ENGINES.get(number),
            "election.timeout=600ms",
            "snapshot.entries=2000",
            "log.segment.bytes=1MiB");
    processes[number] =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(
                    folder.resolve("n" + (number + 1) + ".out").toFile()))
            .start();
  }

  private Link link(int from, int to) {
    Link link = links[from][to];
    if (link == null) {
      throw new IllegalStateException("no link from " + from + " to " + to);
    }
    return link;
  }

  boolean isRunning(int number) {
    Process process = processes[number];
    return process != null && process.isAlive();
  }

  /// As `kill -9`.
  void kill(int number) throws InterruptedException {
    Process process = processes[number];
    if (process != null) {
      process.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
    }
    processes[number] = null;
  }

  /// Stops a process where it stands, or lets it go on.
  void freeze(int number, boolean frozen) throws IOException, InterruptedException {
    Process process = processes[number];
    if (process != null) {
      new ProcessBuilder("kill", frozen ? "-STOP" : "-CONT", Long.toString(process.pid()))
          .start()
          .waitFor();
    }
  }

  /// Holds everything that one member sends to another, its answers too: a network that is cut one
  /// way.
  void cut(int from, int to, boolean held) {
    link(from, to).holdForth(held);
    link(to, from).holdBack(held);
  }

  void heal() {
    for (int i = 0; i < NODES; i++) {
      for (int j = 0; j < NODES; j++) {
        if (i != j) {
          link(i, j).hold(false, false);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      if (process != null) {
        process.destroyForcibly();
        process.onExit().join();
      }
    }
    for (Link[] row : links) {
      for (Link link : row) {
        if (link != null) {
          link.close();
        }
      }
    }
  }
}
