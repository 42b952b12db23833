package dev.plinth.kv.rpc;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.Member;
import dev.plinth.kv.proto.AddServerRequest;
import dev.plinth.kv.proto.AddServerResponse;
import dev.plinth.kv.proto.ListServersResponse;
import dev.plinth.kv.proto.RemoveServerRequest;
import dev.plinth.kv.proto.RemoveServerResponse;
import dev.plinth.kv.proto.Server;
import dev.plinth.kv.proto.SnapshotResponse;
import dev.plinth.kv.proto.StatsRequest;
import dev.plinth.kv.proto.StatsResponse;
import dev.plinth.kv.proto.TransferLeadershipRequest;
import dev.plinth.kv.proto.TransferLeadershipResponse;
import dev.plinth.kv.replica.Membership;
import dev.plinth.kv.replica.Replica;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers calls on the cluster. These may take seconds, so each runs on an executor.
final class ClusterService {
  private final Replica replica;
  private final Membership membership;
  private final Executor executor;
  private final Figures figures;

  /// @param executor may run many blocking calls at once
  ClusterService(Replica replica, Figures figures, Executor executor) {
    this.replica = replica;
    this.membership = new Membership(replica);
    this.figures = figures;
    this.executor = executor;
  }

  /// Adds the calls on the cluster.
  void addTo(ServiceBuilder service) {
    service.add(KvMethods.ADD_SERVER, blocking(this::addServer));
    service.add(KvMethods.REMOVE_SERVER, blocking(this::removeServer));
    service.add(KvMethods.LIST_SERVERS, blocking(_ -> listServers()));
    service.add(KvMethods.TRANSFER_LEADERSHIP, blocking(this::transfer));
    service.add(
        KvMethods.SNAPSHOT,
        blocking(_ -> SnapshotResponse.newBuilder().setIndex(membership.snapshot()).build()));
    service.add(KvMethods.STATS, blocking(this::stats));
  }

  private <Q, A> Function<Q, CompletableFuture<A>> blocking(Function<Q, A> call) {
    return request -> CompletableFuture.supplyAsync(() -> call.apply(request), executor);
  }

  private AddServerResponse addServer(AddServerRequest request) {
    Server server = request.getServer();
    boolean learner =
        switch (server.getRole()) {
          case "learner" -> true;
          case "", "follower" -> false;
          default ->
              throw new KvException(
                  Kind.INVALID, "role '" + server.getRole() + "': follower or learner is expected");
        };
    membership.add(
        new Member(server.getId(), server.getRaftAddress(), server.getAddress()), learner);
    return AddServerResponse.getDefaultInstance();
  }

  private RemoveServerResponse removeServer(RemoveServerRequest request) {
    membership.remove(request.getId());
    return RemoveServerResponse.getDefaultInstance();
  }

  private ListServersResponse listServers() {
    ListServersResponse.Builder response =
        ListServersResponse.newBuilder().setCluster(replica.options().cluster());
    for (Membership.Listed listed : membership.list()) {
      response.addServers(
          Server.newBuilder()
              .setId(listed.member().id())
              .setRaftAddress(listed.member().raftAddress())
              .setAddress(listed.member().address())
              .setRole(listed.role()));
    }
    return response.build();
  }

  private TransferLeadershipResponse transfer(TransferLeadershipRequest request) {
    membership.transfer(request.getId().isEmpty() ? null : request.getId());
    return TransferLeadershipResponse.getDefaultInstance();
  }

  private StatsResponse stats(StatsRequest request) {
    @Nullable Member leader = replica.leader();
    StatsResponse.Builder response =
        StatsResponse.newBuilder()
            .setId(replica.options().id())
            .setCluster(replica.options().cluster())
            .setRole(figures.role())
            .setTerm(figures.term())
            .setLeader(leader == null ? "" : leader.id())
            .setEngine(figures.engine())
            .setLog(figures.log())
            .putAllFigures(figures.all());
    if (request.getPrometheus()) {
      response.setPrometheus(figures.prometheus());
    }
    return response.build();
  }
}
