package dev.plinth.kv.server;

import static dev.plinth.kv.server.TestCluster.bytes;
import static dev.plinth.kv.server.TestCluster.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.plinth.kv.KvException;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.Change;
import dev.plinth.kv.proto.CompareAndSetResponse;
import dev.plinth.kv.proto.ScanRequest;
import dev.plinth.kv.proto.ScanResponse;
import dev.plinth.kv.proto.Server;
import dev.plinth.kv.proto.StatsResponse;
import dev.plinth.kv.replica.Membership;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes in one process, on different engines where there are some, and their client.
final class ClusterTest {
  @TempDir private Path folder;

  @Test
  void keysAreWrittenReadScannedAndRemoved() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 3, Map.of());
        KvClient client = cluster.client()) {
      assertNull(client.get(bytes("a")));
      long first = client.put(bytes("a"), bytes("1"));
      assertTrue(client.put(bytes("b"), bytes("")) > first);
      assertEquals("1", text(client.get(bytes("a"))));
      assertEquals("", text(client.get(bytes("b"))), "an empty value is a value");
      assertTrue(client.delete(bytes("b")));
      assertNull(client.get(bytes("b")), "a removed key is none");
      assertFalse(client.delete(bytes("b")));
      comparesAndBatches(client);
      scans(client);
      everyNodeAnswers(cluster);
      figuresAreTold(cluster);
      long before = client.digest(0).getIndex();
      assertTrue(before > 0);
      cluster.digest();
    }
  }

  private static void comparesAndBatches(KvClient client) {
    CompareAndSetResponse first = client.compareAndSet(bytes("c"), null, bytes("1"));
    assertTrue(first.getApplied());
    CompareAndSetResponse second = client.compareAndSet(bytes("c"), null, bytes("2"));
    assertFalse(second.getApplied());
    assertEquals("1", second.getCurrent().toStringUtf8());
    assertTrue(client.compareAndSet(bytes("c"), bytes("1"), bytes("3")).getApplied());
    assertEquals("3", text(client.get(bytes("c"))));
    assertTrue(client.compareAndSet(bytes("c"), bytes("3"), null).getApplied());
    assertNull(client.get(bytes("c")));
    assertFalse(client.compareAndSet(bytes("c"), bytes("3"), bytes("4")).getFound());
    int removed =
        client
            .batch(
                List.of(
                    change("x").setPut(ByteString.copyFromUtf8("10")).build(),
                    change("y").setPut(ByteString.copyFromUtf8("20")).build(),
                    change("a").setRemove(true).build(),
                    change("never").setRemove(true).build()))
            .getRemoved();
    assertEquals(1, removed);
    assertEquals("10", text(client.get(bytes("x"))));
    assertNull(client.get(bytes("a")));
  }

  private static Change.Builder change(String key) {
    return Change.newBuilder().setKey(ByteString.copyFromUtf8(key));
  }

  private static void scans(KvClient client) {
    for (int i = 0; i < 25; i++) {
      client.put(bytes(String.format("s%02d", i)), bytes("v" + i));
    }
    ScanRequest whole =
        ScanRequest.newBuilder()
            .setFrom(ByteString.copyFromUtf8("s03"))
            .setTo(ByteString.copyFromUtf8("s07"))
            .build();
    assertEquals(List.of("s03", "s04", "s05", "s06", "s07"), keys(client.scan(whole)));
    ScanRequest.Builder paged =
        ScanRequest.newBuilder().setPrefix(ByteString.copyFromUtf8("s")).setLimit(10);
    List<String> all = new ArrayList<>();
    ScanResponse page = client.scan(paged.build());
    all.addAll(keys(page));
    while (page.getMore()) {
      page = client.scan(paged.setAfter(page.getNext()).build());
      all.addAll(keys(page));
    }
    assertEquals(25, all.size());
    assertEquals("s24", all.getLast());
  }

  private static List<String> keys(ScanResponse page) {
    return page.getEntriesList().stream().map(entry -> entry.getKey().toStringUtf8()).toList();
  }

  /// A linearizable read at any node, right after the write, sees it; a stale one sees it in time.
  private static void everyNodeAnswers(TestCluster cluster) {
    for (int i = 0; i < 3; i++) {
      String address = cluster.address(i);
      try (KvClient writer = cluster.client();
          KvClient reader = TestCluster.client(address)) {
        writer.put(bytes("w"), bytes("at " + address));
        assertEquals("at " + address, text(reader.get(bytes("w"))));
        Await.until(
            "a stale read to catch up",
            () -> ("at " + address).equals(text(reader.getStale(bytes("w")))));
      }
    }
  }

  private static void figuresAreTold(TestCluster cluster) {
    int leader = cluster.leader();
    try (KvClient client = TestCluster.client(cluster.address(leader))) {
      StatsResponse stats = client.stats(true);
      assertEquals("leader", stats.getRole());
      assertEquals("n" + (leader + 1), stats.getLeader());
      assertTrue(stats.getFiguresOrThrow("applied_index") > 0);
      assertTrue(stats.getFiguresOrThrow("engine_user_bytes_total") > 0);
      assertTrue(stats.getPrometheus().contains("plinth_kv_applied_index{node=\"n"));
    }
  }

  @Test
  void theLeaderStopsAndEverythingIsStillThere() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 3, Map.of());
        KvClient client = cluster.client()) {
      for (int i = 0; i < 100; i++) {
        client.put(bytes("k" + i), bytes("v" + i));
      }
      for (int round = 0; round < 2; round++) {
        int leader = cluster.leader();
        cluster.stop(leader);
        assertEquals("v" + round, text(client.get(bytes("k" + round))));
        client.put(bytes("k" + (100 + round)), bytes("later"));
        cluster.start(leader);
        cluster.awaitReady();
      }
      String digest = cluster.digest();
      for (int i = 0; i < 3; i++) {
        cluster.stop(i);
      }
      for (int i = 0; i < 3; i++) {
        cluster.start(i);
      }
      cluster.awaitReady();
      for (int i = 0; i < 100; i++) {
        assertArrayEquals(bytes("v" + i), client.get(bytes("k" + i)));
      }
      String after = cluster.digest();
      assertEquals(digest.substring(digest.indexOf(' ')), after.substring(after.indexOf(' ')));
    }
  }

  @Test
  void serversAreAddedPromotedAndRemoved() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 3, Map.of());
        KvClient client = cluster.client()) {
      client.put(bytes("k"), bytes("v"));
      Map<String, String> options = new TreeMap<>();
      options.put("node.id", "n4");
      options.put("listen", "127.0.0.1:" + FreePorts.one());
      options.put("raft.address", "127.0.0.1:" + FreePorts.one());
      options.put("join", cluster.address(0));
      options.put("learner", "on");
      try (KvServer fourth = KvServer.open(folder.resolve("n4"), KvOptions.of(options))) {
        Await.until("n4 to be a learner", () -> "learner".equals(role(client, "n4")));
        Await.until(
            "n4 to have the data",
            () -> "v".equals(text(TestClusterReads.stale(fourth.address(), "k"))));
        Server named =
            client.listServers().getServersList().stream()
                .filter(server -> server.getId().equals("n4"))
                .findFirst()
                .orElseThrow();
        assertEquals(fourth.address(), named.getAddress());
        client.addServer(
            new dev.plinth.kv.Member("n4", named.getRaftAddress(), named.getAddress()), false);
        assertEquals("follower", role(client, "n4"));
        client.transferLeadership("n4");
        Await.until("n4 to lead", () -> "leader".equals(role(client, "n4")));
        client.put(bytes("k"), bytes("by n4"));
        client.transferLeadership("n1");
        Await.until("n1 to lead", () -> "leader".equals(role(client, "n1")));
        client.removeServer("n4");
        assertEquals("", role(client, "n4"));
      }
      assertEquals("by n4", text(client.get(bytes("k"))));
      assertEquals(3, client.listServers().getServersCount());
    }
  }

  /// A learner that cannot get its vote, since it does not run, stays a learner.
  @Test
  void aLearnerThatDoesNotGetItsVoteStaysOne() throws Exception {
    try (TestCluster cluster = TestCluster.started(folder, 1, Map.of());
        KvClient client = cluster.client()) {
      String raft = "127.0.0.1:" + FreePorts.one();
      Map<String, String> options = new TreeMap<>();
      options.put("node.id", "n2");
      options.put("listen", "127.0.0.1:" + FreePorts.one());
      options.put("raft.address", raft);
      options.put("join", cluster.address(0));
      options.put("learner", "on");
      try (KvServer second = KvServer.open(folder.resolve("n2"), KvOptions.of(options))) {
        Await.until("n2 to be a learner", () -> "learner".equals(role(client, "n2")));
        assertEquals("n2", second.replica().options().id());
      }
      Membership membership = new Membership(cluster.server(0).replica());
      Member member = new Member("n2", raft, options.get("listen"));
      assertThrows(KvException.class, () -> membership.add(member, false));
      assertEquals("learner", role(client, "n2"));
      client.put(bytes("k"), bytes("v"));
    }
  }

  private static String role(KvClient client, String id) {
    for (Server server : client.listServers().getServersList()) {
      if (server.getId().equals(id)) {
        return server.getRole();
      }
    }
    return "";
  }
}
