package dev.plinth.kv.server;

import dev.plinth.kv.KvOptions;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Several nodes in one process, each with its own directory, engine and log: the embedded way to
/// run a cluster. It survives what befalls a node, not what befalls the process.
public final class LocalCluster implements AutoCloseable {
  private final List<KvServer> servers;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LocalCluster(List<KvServer> servers) {
    this.servers = servers;
  }

  /// Where the ports of the nodes are.
  ///
  /// @param client the client port of the first node; the next ones have the next ports
  /// @param raft the Raft port of the first node
  /// @param resp the Redis port of the first node; 0 for none
  public record Ports(int client, int raft, int resp) {
    /// 7001 for clients, 7101 for members, none for Redis.
    public static final Ports STANDARD = new Ports(7001, 7101, 0);
  }

  /// Opens nodes `n1` to `nN` in folders of these names.
  ///
  /// @param engines the engine of each node, used in turn; empty for the configuration's
  /// @param configuration options for all of them, as [KvOptions#of(Map)] takes them
  public static LocalCluster open(
      Path directory,
      int nodes,
      Ports ports,
      List<String> engines,
      Map<String, String> configuration) {
    if (nodes < 1 || nodes > 9) {
      throw new StorageException.InvalidConfiguration(
          "a cluster of " + nodes + " nodes: 1 to 9 are possible");
    }
    for (String key : List.of("node.id", "listen", "raft.address", "peers", "join")) {
      if (configuration.containsKey(key)) {
        throw new StorageException.InvalidConfiguration(
            key + " is given by the number of nodes; leave it out");
      }
    }
    List<KvOptions> options = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      options.add(options(i, nodes, ports, engines, configuration));
    }
    List<KvServer> servers = new ArrayList<>();
    try {
      for (KvOptions node : options) {
        servers.add(KvServer.open(directory.resolve(node.id()), node));
      }
      return new LocalCluster(servers);
    } catch (RuntimeException e) {
      servers.forEach(KvServer::close);
      throw e;
    }
  }

  private static KvOptions options(
      int number, int nodes, Ports ports, List<String> engines, Map<String, String> configuration) {
    Map<String, String> own = new TreeMap<>(configuration);
    List<String> peers = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      peers.add("n" + (i + 1) + "=127.0.0.1:" + (ports.raft() + i));
    }
    own.put("node.id", "n" + (number + 1));
    own.put("peers", String.join(",", peers));
    own.put("listen", "127.0.0.1:" + (ports.client() + number));
    if (ports.resp() > 0) {
      own.put("resp.address", "127.0.0.1:" + (ports.resp() + number));
    }
    if (!engines.isEmpty()) {
      own.put(KvOptions.STATE_ENGINE, engines.get(number % engines.size()));
    }
    return KvOptions.of(own);
  }

  /// The nodes.
  public List<KvServer> servers() {
    return List.copyOf(servers);
  }

  /// Waits until every node is known to a leader.
  ///
  /// @return whether that came about in time
  public boolean awaitReady(long timeout, TimeUnit unit) throws InterruptedException {
    long end = System.nanoTime() + unit.toNanos(timeout);
    for (KvServer server : servers) {
      if (!server.awaitReady(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        return false;
      }
    }
    return true;
  }

  /// Closes the nodes, the last one first. A second call does nothing.
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    for (int i = servers.size() - 1; i >= 0; i--) {
      servers.get(i).close();
    }
  }
}
