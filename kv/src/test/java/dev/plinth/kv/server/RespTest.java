package dev.plinth.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.client.KvClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Redis port of one node, word by word, and what it makes of nonsense.
final class RespTest {
  @TempDir private Path folder;

  private TestCluster cluster() throws InterruptedException {
    return TestCluster.started(
        folder,
        1,
        Map.of(
            "resp.address",
            "127.0.0.1:0",
            "scan.entries.max",
            "100",
            "value.bytes.max",
            "64KiB",
            "request.bytes.max",
            "128KiB",
            "connections.max",
            "20"));
  }

  @Test
  void commandsAnswerAsRedisDoes() throws Exception {
    try (TestCluster cluster = cluster();
        RespClient redis = new RespClient(cluster.server(0).respPort())) {
      assertEquals("+PONG", redis.ask("PING"));
      assertEquals("(nil)", redis.ask("GET", "a"));
      assertEquals("+OK", redis.ask("SET", "a", "1"));
      assertEquals("1", redis.ask("get", "a"));
      assertEquals("(nil)", redis.ask("SET", "a", "2", "NX"));
      assertEquals("+OK", redis.ask("SET", "a", "3", "XX"));
      assertEquals("(nil)", redis.ask("SET", "b", "3", "XX"));
      assertEquals("+OK", redis.ask("SET", "b", "", "nx"));
      assertEquals("", redis.ask("GET", "b"), "an empty value is a value");
      assertEquals("[3, , (nil)]", redis.ask("MGET", "a", "b", "c"));
      assertEquals(":2", redis.ask("EXISTS", "a", "b", "c"));
      assertEquals(":1", redis.ask("DEL", "b", "c"));
      assertTrue(redis.ask("INFO").contains("role:master"));
      assertTrue(redis.ask("SET", "a").startsWith("-ERR wrong number"));
      assertTrue(redis.ask("SET", "a", "b", "EX", "1").startsWith("-ERR SET takes NX or XX"));
      assertTrue(redis.ask("FLUSHALL").startsWith("-ERR unknown command"));
      assertTrue(redis.ask("AUTH", "x").startsWith("-ERR AUTH is not needed"));
      assertTrue(redis.ask("SET", "k", "x".repeat(70_000)).startsWith("-ERR a value of 70000"));
      redis.raw("PING\r\n".getBytes(StandardCharsets.UTF_8));
      assertEquals("+PONG", redis.read(), "inline commands work");
      scans(redis);
      pipelines(redis);
      assertEquals("+OK", redis.ask("QUIT"));
      assertEquals("(end)", redis.read());
      try (KvClient client = cluster.client()) {
        assertEquals("3", TestCluster.text(client.get(TestCluster.bytes("a"))));
      }
    }
  }

  private static void scans(RespClient redis) throws Exception {
    for (int i = 0; i < 35; i++) {
      redis.send("SET", String.format("s:%02d", i), "v");
    }
    for (int i = 0; i < 35; i++) {
      assertEquals("+OK", redis.read());
    }
    List<String> keys = new ArrayList<>();
    String cursor = "0";
    do {
      String answer = redis.ask("SCAN", cursor, "MATCH", "s:*", "COUNT", "10");
      int comma = answer.indexOf(", [");
      cursor = answer.substring(1, comma);
      String inner = answer.substring(comma + 3, answer.length() - 2);
      keys.addAll(List.of(inner.split(", ")));
    } while (!cursor.equals("0"));
    assertEquals(35, keys.size());
    assertTrue(redis.ask("SCAN", "12345").startsWith("-ERR invalid cursor"));
    assertTrue(redis.ask("SCAN", "0", "COUNT", "0").startsWith("-ERR COUNT"));
  }

  /// Answers come in the order of the commands, reads after writes included.
  private static void pipelines(RespClient redis) throws Exception {
    for (int i = 0; i < 200; i++) {
      redis.send("SET", "p", "v" + i);
      redis.send("PING", "p" + i);
    }
    for (int i = 0; i < 200; i++) {
      assertEquals("+OK", redis.read());
      assertEquals("p" + i, redis.read());
    }
    assertEquals("v199", redis.ask("GET", "p"));
  }

  /// The values of one answer are no larger together than a request may be; keys are counted
  /// whatever their values.
  @Test
  void oneAnswerIsBounded() throws Exception {
    try (TestCluster cluster = cluster();
        RespClient redis = new RespClient(cluster.server(0).respPort())) {
      String large = "x".repeat(60_000);
      assertEquals("+OK", redis.ask("SET", "a", large));
      assertEquals("[" + large + ", " + large + "]", redis.ask("MGET", "a", "a"));
      String answer = redis.ask("MGET", "a", "a", "a");
      assertTrue(answer.startsWith("-ERR values of more than 131072 bytes"), answer);
      assertEquals(":3", redis.ask("EXISTS", "a", "a", "a", "b"));
      assertEquals("+PONG", redis.ask("PING"), "the connection goes on");
    }
  }

  /// A client that asks on and on without reading is not read from any more; when it reads, every
  /// answer comes.
  @Test
  void whoDoesNotReadIsNotReadFrom() throws Exception {
    try (TestCluster cluster = cluster();
        RespClient redis = new RespClient(cluster.server(0).respPort())) {
      String large = "x".repeat(60_000);
      assertEquals("+OK", redis.ask("SET", "a", large));
      long before = barriers(cluster);
      int asked = 4_000;
      Thread asking = Thread.ofPlatform().daemon().start(() -> askAll(redis, asked));
      Await.until("the node to stand still", () -> standsStill(cluster));
      assertTrue(barriers(cluster) - before < asked / 4, "read " + (barriers(cluster) - before));
      for (int i = 0; i < asked; i++) {
        assertEquals(large, redis.read());
      }
      asking.join();
      assertEquals("+PONG", redis.ask("PING"));
    }
  }

  private static long barriers(TestCluster cluster) {
    return cluster.server(0).replica().figures().barriers();
  }

  private static boolean standsStill(TestCluster cluster) {
    long before = barriers(cluster);
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return before > 1 && barriers(cluster) == before;
  }

  private static void askAll(RespClient redis, int count) {
    try {
      for (int i = 0; i < count; i++) {
        redis.send("GET", "a");
      }
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatIsTooMuchEndsTheConnectionAlone() throws Exception {
    try (TestCluster cluster = cluster()) {
      int port = cluster.server(0).respPort();
      for (String announced :
          List.of(
              "*99999999\r\n", "*2\r\n$3\r\nGET\r\n$500000000\r\n", "*1\r\n*1\r\n$4\r\nPING\r\n")) {
        try (RespClient redis = new RespClient(port)) {
          redis.raw(announced.getBytes(StandardCharsets.UTF_8));
          assertTrue(redis.read().startsWith("-ERR Protocol error"), announced);
          assertEquals("(end)", redis.read());
        }
      }
      List<RespClient> many = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        many.add(new RespClient(port));
        assertEquals("+PONG", many.getLast().ask("PING"));
      }
      try (RespClient one = new RespClient(port)) {
        assertEquals("(end)", one.read(), "connections.max");
      }
      for (RespClient client : many) {
        client.close();
      }
      Await.until("a connection to be free", () -> answers(port));
    }
  }

  private static boolean answers(int port) {
    try (RespClient redis = new RespClient(port)) {
      return redis.ask("PING").equals("+PONG");
    } catch (java.io.IOException e) {
      return false;
    }
  }
}
