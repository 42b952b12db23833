package dev.plinth.cli.kv;

import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.DigestResponse;
import dev.plinth.kv.proto.StatsResponse;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The client's commands on one node: the first server that is named.
final class NodeCommands {
  private NodeCommands() {}

  /// `snapshot`: lets a node cut its log.
  @Command(
      name = "snapshot",
      description = "Makes a snapshot on the server that is named, and cuts its log.")
  static final class MakeSnapshot implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        long index = kv.snapshot();
        System.out.println(
            client.json() ? new Json().put("index", index).toString() : "index " + index);
        return 0;
      }
    }
  }

  /// `stats`: figures of a node.
  @Command(name = "stats", description = "Prints figures of the server that is named.")
  static final class Stats implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Option(names = "--prometheus", description = "Print the text that Prometheus reads.")
    private boolean prometheus;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        StatsResponse stats = kv.stats(prometheus);
        if (prometheus) {
          System.out.print(stats.getPrometheus());
        } else if (client.json()) {
          Json json =
              new Json()
                  .put("id", stats.getId())
                  .put("cluster", stats.getCluster())
                  .put("role", stats.getRole())
                  .put("term", stats.getTerm())
                  .put("leader", stats.getLeader())
                  .put("engine", stats.getEngine())
                  .put("log", stats.getLog());
          new TreeMap<>(stats.getFiguresMap()).forEach(json::put);
          System.out.println(json);
        } else {
          System.out.printf(
              "%s of cluster %s: %s in term %d, leader %s, state on %s, log on %s%n",
              stats.getId(),
              stats.getCluster(),
              stats.getRole(),
              stats.getTerm(),
              stats.getLeader().isEmpty() ? "unknown" : stats.getLeader(),
              stats.getEngine(),
              stats.getLog());
          new TreeMap<>(stats.getFiguresMap())
              .forEach((name, value) -> System.out.printf("%-32s %d%n", name, value));
        }
        return 0;
      }
    }
  }

  /// `digest`: a fingerprint of a node's content.
  @Command(
      name = "digest",
      description = "Prints the digest of what the server that is named has, and its index.")
  static final class Digest implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Option(
        names = "--at-least",
        paramLabel = "INDEX",
        description = "Wait until this index is applied there.")
    private long atLeast;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        DigestResponse digest = kv.digest(atLeast);
        System.out.println(
            client.json()
                ? new Json()
                    .put("digest", digest.getDigest())
                    .put("index", digest.getIndex())
                    .put("term", digest.getTerm())
                    .toString()
                : digest.getDigest() + " at index " + digest.getIndex());
        return 0;
      }
    }
  }
}
