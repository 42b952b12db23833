package dev.plinth.cli.kv;

import dev.plinth.kv.Member;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.ListServersResponse;
import dev.plinth.kv.proto.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The client's commands on members.
final class MemberCommands {
  private MemberCommands() {}

  /// `add-server`: lets a running server in.
  @Command(
      name = "add-server",
      description = {
        "Adds a server that runs without 'peers', or gives a learner its vote.",
        "A server that is started with --join does this by itself."
      })
  static final class AddServer implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(index = "0", paramLabel = "ID", description = "Its name.")
    private String id;

    @Parameters(index = "1", paramLabel = "RAFT", description = "Its Raft address, HOST:PORT.")
    private String raft;

    @Parameters(
        index = "2",
        arity = "0..1",
        paramLabel = "ADDRESS",
        description = "Its address for clients; it tells it itself when it is left out.")
    private String address = "";

    @Option(names = "--learner", description = "Without a vote.")
    private boolean learner;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        kv.addServer(new Member(id, raft, address), learner);
        return done(client, id);
      }
    }
  }

  /// `remove-server`: takes a server out.
  @Command(name = "remove-server", description = "Takes a server out of the cluster.")
  static final class RemoveServer implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(index = "0", paramLabel = "ID", description = "Its name.")
    private String id;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        kv.removeServer(id);
        return done(client, id);
      }
    }
  }

  /// `transfer-leader`: hands leadership over.
  @Command(name = "transfer-leader", description = "Hands leadership to another voter.")
  static final class TransferLeader implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "ID",
        description = "To whom; to any voter when it is left out.")
    private @Nullable String id;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        kv.transferLeadership(id);
        return done(client, id == null ? "" : id);
      }
    }
  }

  private static int done(ClientMixin client, String id) {
    if (client.json()) {
      System.out.println(new Json().put("id", id).put("done", true));
    }
    return 0;
  }

  /// `list-servers`: who is a member.
  @Command(
      name = "list-servers",
      description = "Prints id, address and role (leader, follower, learner) of every member.")
  static final class ListServers implements Callable<Integer> {
    @Mixin private ClientMixin client;

    @Override
    public Integer call() {
      try (KvClient kv = client.open()) {
        ListServersResponse answer = kv.listServers();
        if (client.json()) {
          List<Json> servers = new ArrayList<>();
          for (Server server : answer.getServersList()) {
            servers.add(
                new Json()
                    .put("id", server.getId())
                    .put("address", server.getAddress())
                    .put("raft_address", server.getRaftAddress())
                    .put("role", server.getRole()));
          }
          System.out.println(
              new Json().put("cluster", answer.getCluster()).put("servers", servers));
          return 0;
        }
        for (Server server : answer.getServersList()) {
          String address = server.getAddress().isEmpty() ? "-" : server.getAddress();
          System.out.printf("%-8s %-21s %s%n", server.getId(), address, server.getRole());
        }
        return 0;
      }
    }
  }
}
