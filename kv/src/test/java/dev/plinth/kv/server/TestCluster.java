package dev.plinth.kv.server;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.DigestResponse;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Nodes of one cluster in this process, each of which can be stopped and started, on the engines
/// of ours that are on the class path in turn.
final class TestCluster implements AutoCloseable {
  private final Path folder;
  private final int nodes;
  private final int clientPorts;
  private final int raftPorts;
  private final Map<String, String> configuration;
  private final @Nullable KvServer[] servers;

  TestCluster(Path folder, int nodes, Map<String, String> configuration) {
    this.folder = folder;
    this.nodes = nodes;
    this.configuration = configuration;
    this.clientPorts = FreePorts.row(nodes);
    this.raftPorts = FreePorts.row(nodes);
    this.servers = new KvServer[nodes];
  }

  /// Starts all of them and waits until they know one another.
  static TestCluster started(Path folder, int nodes, Map<String, String> configuration)
      throws InterruptedException {
    TestCluster cluster = new TestCluster(folder, nodes, configuration);
    try {
      for (int i = 0; i < nodes; i++) {
        cluster.start(i);
      }
      cluster.awaitReady();
      return cluster;
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  void awaitReady() throws InterruptedException {
    for (KvServer server : servers) {
      if (server != null && !server.awaitReady(120, java.util.concurrent.TimeUnit.SECONDS)) {
        throw new AssertionError("waited in vain for " + server.replica().options().id());
      }
    }
  }

  static List<String> engines() {
    return Engines.names().stream().filter(name -> !Engines.provider(name).foreign()).toList();
  }

  Map<String, String> options(int number) {
    List<String> peers = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      peers.add("n" + (i + 1) + "=127.0.0.1:" + (raftPorts + i));
    }
    Map<String, String> options = new TreeMap<>();
    options.put("node.id", "n" + (number + 1));
    options.put("peers", String.join(",", peers));
    options.put("listen", address(number));
    options.put("state.engine", engines().get(number % engines().size()));
    options.put("log.segment.bytes", "1MiB");
    options.putAll(configuration);
    return options;
  }

  void start(int number) {
    servers[number] = KvServer.open(home(number), KvOptions.of(options(number)));
  }

  Path home(int number) {
    return folder.resolve("n" + (number + 1));
  }

  void stop(int number) {
    KvServer server = server(number);
    servers[number] = null;
    server.close();
  }

  /// Removes everything that a node has kept.
  void empty(int number) throws IOException {
    try (Stream<Path> files = Files.walk(home(number))) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  KvServer server(int number) {
    KvServer server = servers[number];
    if (server == null) {
      throw new IllegalStateException("node " + number + " is down");
    }
    return server;
  }

  String address(int number) {
    return "127.0.0.1:" + (clientPorts + number);
  }

  List<String> addresses() {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      addresses.add(address(i));
    }
    return addresses;
  }

  /// A client that is patient.
  KvClient client() {
    return client(addresses().toArray(String[]::new));
  }

  static KvClient client(String... servers) {
    return KvClient.of(
        ClientOptions.of(servers).withTimeouts(Duration.ofSeconds(90), Duration.ofSeconds(5)));
  }

  /// The number of the leader, once there is one.
  int leader() {
    int[] found = {-1};
    Await.until(
        "a leader",
        () -> {
          for (int i = 0; i < nodes; i++) {
            KvServer server = servers[i];
            if (server != null && server.replica().leads()) {
              found[0] = i;
            }
          }
          return found[0] >= 0;
        });
    return found[0];
  }

  /// Waits until the running nodes have applied the same, and gives their one digest.
  String digest() {
    String[] digest = {""};
    Await.until(
        "the nodes to be alike",
        () -> {
          List<String> digests = new ArrayList<>();
          for (int i = 0; i < nodes; i++) {
            if (servers[i] != null) {
              try (KvClient client = client(address(i))) {
                DigestResponse response = client.digest(0);
                digests.add(response.getIndex() + " " + response.getDigest());
              } catch (KvException e) {
                return false;
              }
            }
          }
          digest[0] = digests.getFirst();
          return digests.stream().distinct().count() == 1;
        });
    return digest[0];
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    for (int i = nodes - 1; i >= 0; i--) {
      if (servers[i] != null) {
        stop(i);
      }
    }
  }
}
