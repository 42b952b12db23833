package dev.plinth.kv.server;

import static dev.plinth.kv.server.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.Change;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.rpc.KvMethods;
import dev.plinth.spi.StorageException;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Wrong options and wrong requests: a clear error, and nothing is changed.
final class BadInputTest {
  @TempDir private Path folder;

  private static void refuses(String wanted, Map<String, String> options) {
    StorageException e =
        assertThrows(StorageException.InvalidConfiguration.class, () -> KvOptions.of(options));
    assertTrue(String.valueOf(e.getMessage()).contains(wanted), e.getMessage());
  }

  @Test
  void optionsAreChecked() {
    refuses("unknown engine 'rocks'", Map.of("state.engine", "rocks"));
    refuses("did you mean listen?", Map.of("listne", "127.0.0.1:1"));
    refuses("HOST:PORT is expected", Map.of("listen", "7001"));
    refuses("HOST:PORT is expected", Map.of("listen", "127.0.0.1:70000"));
    refuses("node.id = n9 is not among them", Map.of("node.id", "n9", "peers", "n1=127.0.0.1:1"));
    refuses("names n1 twice", Map.of("peers", "n1=127.0.0.1:1,n1=127.0.0.1:2"));
    refuses("give one of them", Map.of("peers", "n1=127.0.0.1:1", "join", "127.0.0.1:2"));
    refuses("a value from 1 to", Map.of("value.bytes.max", "1GiB"));
    refuses("letters, digits", Map.of("cluster.id", "no spaces"));
    refuses("is no name of a node", Map.of("node.id", "N1", "peers", "N1=127.0.0.1:1"));
    refuses("go together", Map.of("tls.key", "key.pem"));
    refuses("speaks TLS itself", Map.of("tls.ca", "ca.pem"));
    refuses("has 127.0.0.1:1 twice", Map.of("peers", "n1=127.0.0.1:1,n2=127.0.0.1:1"));
    refuses("by their ports", Map.of("raft.address", "127.0.0.1:0"));
    refuses("by their ports", Map.of("peers", "n1=127.0.0.1:1,n2=127.0.0.1:0"));
    refuses("all vote", Map.of("peers", "n1=127.0.0.1:1", "learner", "on"));
    refuses("election.timeout = 49ms", Map.of("election.timeout", "49ms"));
    refuses("from 50ms to 10m", Map.of("election.timeout", "11m"));
    assertEquals(50, KvOptions.of(Map.of("election.timeout", "50ms")).electionMillis());
    assertEquals(600_000, KvOptions.of(Map.of("election.timeout", "10m")).electionMillis());
  }

  private static void refusesToOpen(String wanted, Path directory, Map<String, String> options) {
    StorageException e =
        assertThrows(
            StorageException.class, () -> KvServer.open(directory, KvOptions.of(options)).close());
    assertTrue(String.valueOf(e.getMessage()).contains(wanted), e.getMessage());
  }

  @Test
  void aNodeDoesNotOpenWhatIsNotIts() throws Exception {
    Map<String, String> options = single();
    try (KvServer server = KvServer.open(folder.resolve("n1"), KvOptions.of(options))) {
      Map<String, String> second = single();
      second.put("listen", server.address());
      refusesToOpen("cannot listen there", folder.resolve("n2"), second);
      Map<String, String> third = single();
      third.put("raft.address", options.get("raft.address"));
      third.put("peers", options.get("peers"));
      refusesToOpen("raft.address = ", folder.resolve("n3"), third);
    }
    Map<String, String> elsewhere = new TreeMap<>(options);
    elsewhere.put("cluster.id", "another");
    refusesToOpen("belongs to cluster.id = plinth", folder.resolve("n1"), elsewhere);
    Map<String, String> renamed = single();
    refusesToOpen("belongs to raft.address", folder.resolve("n1"), renamed);
    Map<String, String> exposed = single();
    exposed.put("listen", "0.0.0.0:0");
    refusesToOpen("name the one address", folder.resolve("n4"), exposed);
    exposed.put("listen", "192.0.2.1:7001");
    refusesToOpen("is beyond this machine", folder.resolve("n4"), exposed);
    Map<String, String> token = single();
    token.put("token.file", Files.writeString(folder.resolve("token"), "short").toString());
    refusesToOpen("8 or more visible", folder.resolve("n5"), token);
    Map<String, String> tls = single();
    tls.put("tls.certificate", folder.resolve("token").toString());
    tls.put("tls.key", folder.resolve("token").toString());
    refusesToOpen("PEM are expected", folder.resolve("n6"), tls);
    try (ServerSocket taken = new ServerSocket(0)) {
      Map<String, String> resp = single();
      resp.put("resp.address", "127.0.0.1:" + taken.getLocalPort());
      refusesToOpen("cannot listen there", folder.resolve("n7"), resp);
      Map<String, String> metrics = single();
      metrics.put("metrics.address", "127.0.0.1:" + taken.getLocalPort());
      refusesToOpen("cannot listen there", folder.resolve("n8"), metrics);
    }
    Files.writeString(folder.resolve("n1").resolve("NODE"), "plinth-kv-node 1\nid n1\n");
    refusesToOpen("does not match its checksum", folder.resolve("n1"), options);
  }

  /// A name that can be none is refused before the directory is marked with it.
  @Test
  void aWrongNameLeavesTheDirectoryToTheRightOne() {
    for (String wrong : List.of("N1", "n 1", "n1\ncluster x")) {
      refuses("is no name of a node", Map.of("node.id", wrong, "join", "127.0.0.1:1"));
    }
  }

  private static Map<String, String> single() {
    Map<String, String> options = new TreeMap<>();
    options.put("peers", "n1=127.0.0.1:" + FreePorts.one());
    options.put("raft.address", options.get("peers").substring(3));
    options.put("listen", "127.0.0.1:0");
    return options;
  }

  private static void refused(Kind kind, String wanted, Executable call) {
    KvException e = assertThrows(KvException.class, call);
    assertEquals(kind, e.kind(), e.getMessage());
    assertTrue(String.valueOf(e.getMessage()).contains(wanted), e.getMessage());
  }

  @Test
  void requestsAreChecked() throws Exception {
    Map<String, String> limits =
        Map.of(
            "value.bytes.max", "1KiB",
            "request.bytes.max", "4KiB",
            "scan.entries.max", "10",
            "key.bytes.max", "32");
    try (TestCluster cluster = TestCluster.started(folder, 1, limits);
        KvClient client = cluster.client()) {
      byte[] key = bytes("k");
      refused(Kind.INVALID, "value.bytes.max", () -> client.put(key, new byte[1025]));
      refused(Kind.INVALID, "key.bytes.max", () -> client.put(new byte[33], key));
      refused(Kind.INVALID, "key.bytes.max", () -> client.put(new byte[0], key));
      refused(Kind.INVALID, "key.bytes.max", () -> client.get(new byte[0]));
      refused(Kind.INVALID, "at least one change", () -> client.batch(List.of()));
      refused(
          Kind.INVALID,
          "neither puts nor removes",
          () ->
              client.batch(List.of(Change.newBuilder().setKey(ByteString.copyFrom(key)).build())));
      Change large =
          Change.newBuilder()
              .setKey(ByteString.copyFrom(key))
              .setPut(ByteString.copyFrom(new byte[1000]))
              .build();
      refused(
          Kind.INVALID,
          "request.bytes.max",
          () -> client.batch(List.of(large, large, large, large, large)));
      refused(Kind.INVALID, "", () -> client.put(key, new byte[1 << 20]));
      ScanRequest everything = ScanRequest.getDefaultInstance();
      refused(Kind.INVALID, "give a range", () -> client.scan(everything));
      refused(
          Kind.INVALID,
          "scan.entries.max",
          () -> client.scan(everything.toBuilder().setLimit(11).build()));
      refused(Kind.MEMBERSHIP, "no member is named n7", () -> client.removeServer("n7"));
      refused(Kind.MEMBERSHIP, "n1 leads", () -> client.removeServer("n1"));
      refused(
          Kind.INVALID,
          "is no name of a node",
          () -> client.addServer(new Member("N 2", "127.0.0.1:1", ""), false));
      refused(
          Kind.MEMBERSHIP,
          "not used twice",
          () -> client.addServer(new Member("n1", "127.0.0.1:1", ""), false));
      anotherClusterIsRefused(cluster);
      assertEquals(null, client.get(key));
    }
  }

  private static void anotherClusterIsRefused(TestCluster cluster) {
    ClientOptions elsewhere =
        new ClientOptions(
            cluster.addresses(),
            "another",
            null,
            false,
            null,
            Duration.ofSeconds(60),
            Duration.ofSeconds(5));
    try (KvClient lost = KvClient.of(elsewhere)) {
      refused(
          Kind.WRONG_CLUSTER, "this is cluster 'plinth'", () -> lost.put(bytes("k"), bytes("v")));
    }
  }

  /// A node that has failed says so to whoever asks for its health.
  @Test
  void aFailedNodeIsNotHealthy() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 1, Map.of())) {
      KvServer server = cluster.server(0);
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(server.address()).usePlaintext().directExecutor().build();
      try {
        for (String service : List.of("", KvMethods.SERVICE)) {
          assertEquals(HealthCheckResponse.ServingStatus.SERVING, health(channel, service));
        }
        server.replica().roles().failed("the disk has gone");
        for (String service : List.of("", KvMethods.SERVICE)) {
          assertEquals(HealthCheckResponse.ServingStatus.NOT_SERVING, health(channel, service));
        }
        assertEquals("the disk has gone", server.replica().roles().failure());
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static HealthCheckResponse.ServingStatus health(ManagedChannel channel, String service) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  @Test
  void whoeverJoinsTheWrongClusterIsTold() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 1, Map.of())) {
      Map<String, String> options = new TreeMap<>();
      options.put("node.id", "n2");
      options.put("cluster.id", "another");
      options.put("listen", "127.0.0.1:0");
      options.put("raft.address", "127.0.0.1:" + FreePorts.one());
      options.put("join", cluster.address(0));
      try (KvServer lost = KvServer.open(folder.resolve("lost"), KvOptions.of(options))) {
        Await.until("the refusal", lost::isRefused);
        assertTrue(lost.trouble().contains("this is cluster 'plinth'"), lost.trouble());
      }
    }
  }
}
