package dev.plinth.cli.kv;

import dev.plinth.kv.KvOptions;
import dev.plinth.kv.server.KvServer;
import dev.plinth.kv.server.LocalCluster;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plinth kv serve`: runs one node, or several in this process, until it is told to stop.
@Command(
    name = "serve",
    description = {
      "Runs nodes until the process is told to stop (SIGTERM, ctrl-C).",
      "--cluster 3 runs three in this process; else one, by flags or a .properties file."
    })
final class ServeCommand implements Callable<Integer> {
  private static final long READY_SECONDS = 120;

  /// Held for as long as the process runs: loggers that nobody holds forget their level.
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("com.alipay"),
          Logger.getLogger("net.openhft"),
          Logger.getLogger("io.netty"),
          Logger.getLogger("io.grpc"));

  @Option(
      names = "--dir",
      paramLabel = "D",
      description = "Where everything is kept; a folder a node with --cluster.")
  private @Nullable Path directory;

  @Option(names = "--cluster", paramLabel = "N", description = "So many nodes in this process.")
  private int cluster;

  @Option(
      names = "--engines",
      paramLabel = "A,B,C",
      split = ",",
      description = "The engines of the nodes of --cluster, in turn.")
  private List<String> engines = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "Client port of the first node of --cluster (${DEFAULT-VALUE}).")
  private int port = 7001;

  @Option(
      names = "--raft-port",
      paramLabel = "P",
      description = "Raft port of the first node of --cluster (${DEFAULT-VALUE}).")
  private int raftPort = 7101;

  @Option(
      names = "--resp-port",
      paramLabel = "P",
      description = "Redis port of the first node of --cluster; none by default.")
  private int respPort;

  @Option(names = "--config", paramLabel = "FILE", description = "A .properties file.")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "An option, before the file's. Repeatable; --help-options lists them.")
  private Map<String, String> settings = new TreeMap<>();

  @Option(names = "--id", paramLabel = "NAME", description = "The same as --set node.id=NAME.")
  private @Nullable String id;

  @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where clients come.")
  private @Nullable String listen;

  @Option(names = "--raft", paramLabel = "HOST:PORT", description = "Where members come.")
  private @Nullable String raft;

  @Option(
      names = "--peers",
      paramLabel = "N1=HOST:PORT,...",
      description = "The members of a new cluster, with their Raft addresses.")
  private @Nullable String peers;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT",
      description = "Become a member of the cluster of the server there.")
  private @Nullable String join;

  @Option(names = "--learner", description = "Join without a vote.")
  private boolean learner;

  @Option(names = "--engine", paramLabel = "NAME", description = "The engine of the state.")
  private @Nullable String engine;

  @Option(names = "--help-options", description = "List the options of --set and --config.")
  private boolean helpOptions;

  @Override
  public Integer call() throws InterruptedException {
    if (helpOptions) {
      KvOptions.help().forEach((key, what) -> System.out.printf("%-20s %s%n", key, what));
      return 0;
    }
    if (directory == null) {
      throw new StorageException.InvalidConfiguration("--dir is missing: name a folder");
    }
    QUIET.forEach(logger -> logger.setLevel(Level.SEVERE));
    Map<String, String> configuration = configuration();
    CountDownLatch stopped = new CountDownLatch(1);
    if (cluster > 0) {
      try (LocalCluster nodes =
          LocalCluster.open(
              directory,
              cluster,
              new LocalCluster.Ports(port, raftPort, respPort),
              engines,
              configuration)) {
        closeAtEnd(nodes, stopped);
        return run(nodes.servers(), stopped);
      }
    }
    if (!configuration.containsKey("peers") && !configuration.containsKey("join")) {
      throw new StorageException.InvalidConfiguration(
          "say how the cluster begins: --cluster N, --peers of a new one, or --join one that is"
              + " there");
    }
    try (KvServer node = KvServer.open(directory, KvOptions.of(configuration))) {
      closeAtEnd(node, stopped);
      return run(List.of(node), stopped);
    }
  }

  /// Ends in good order when the process is told to end.
  private static void closeAtEnd(AutoCloseable nodes, CountDownLatch stopped) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (stopped.getCount() == 0) {
                    return;
                  }
                  try {
                    nodes.close();
                  } catch (Exception e) {
                    System.err.println("plinth: stopping: " + e.getMessage());
                  }
                },
                "plinth-kv-stop"));
  }

  private static int run(List<KvServer> nodes, CountDownLatch stopped) throws InterruptedException {
    for (KvServer node : nodes) {
      KvOptions options = node.replica().options();
      System.out.printf(
          "%s serves at %s, Raft at %s, state on %s%s%n",
          options.id(),
          node.address(),
          options.raftAddress(),
          options.storage().get(KvOptions.STATE_ENGINE),
          node.respPort() > 0 ? ", Redis at port " + node.respPort() : "");
    }
    for (KvServer node : nodes) {
      if (!isReady(node)) {
        stopped.countDown();
        return 1;
      }
    }
    System.out.println("ready");
    System.out.flush();
    stopped.await();
    return 0;
  }

  /// Waits until a node is known to a leader; goes on without when that takes long, since others
  /// may still have to start.
  ///
  /// @return false when it was turned away
  private static boolean isReady(KvServer node) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    boolean ready = false;
    while (!ready && !node.isRefused() && System.nanoTime() < end) {
      ready = node.awaitReady(100, TimeUnit.MILLISECONDS);
    }
    if (!ready) {
      System.err.println(
          "plinth: "
              + node.replica().options().id()
              + " is not known to a leader: "
              + node.trouble());
    }
    return ready || !node.isRefused();
  }

  private Map<String, String> configuration() {
    Map<String, String> configuration = new TreeMap<>();
    if (config != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(config)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new StorageException.InvalidConfiguration(
            "--config " + config + ": cannot be read: " + e.getMessage());
      }
      properties
          .stringPropertyNames()
          .forEach(n -> configuration.put(n, properties.getProperty(n)));
    }
    configuration.putAll(settings);
    put(configuration, "node.id", id);
    put(configuration, "listen", listen);
    put(configuration, "raft.address", raft);
    put(configuration, "peers", peers);
    put(configuration, "join", join);
    put(configuration, KvOptions.STATE_ENGINE, engine);
    if (learner) {
      configuration.put("learner", "on");
    }
    return configuration;
  }

  private static void put(Map<String, String> configuration, String key, @Nullable String value) {
    if (value != null) {
      configuration.put(key, value);
    }
  }
}
