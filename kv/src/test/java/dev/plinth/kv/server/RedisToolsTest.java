package dev.plinth.kv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Redis's own `redis-cli` and `redis-benchmark` against the Redis port; skipped where they are not
/// installed (Debian has them in `redis-tools`).
final class RedisToolsTest {
  private static final int CALLS = 2000;

  @TempDir private Path folder;

  private static boolean isInstalled(String tool) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .anyMatch(each -> Files.isExecutable(Path.of(each, tool)));
  }

  private String run(int port, String tool, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(tool, "-h", "127.0.0.1", "-p", "" + port));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), () -> command + " hangs");
    } finally {
      process.destroyForcibly();
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), said);
    return said.strip();
  }

  @Test
  void redisToolsWork() throws Exception {
    assumeTrue(
        isInstalled("redis-cli") && isInstalled("redis-benchmark"), "redis-tools is not installed");
    try (TestCluster cluster =
        TestCluster.started(folder, 1, Map.of("resp.address", "127.0.0.1:0"))) {
      int port = cluster.server(0).respPort();
      assertEquals("OK", run(port, "redis-cli", "set", "a", "1"));
      assertEquals("1", run(port, "redis-cli", "get", "a"));
      assertEquals("", run(port, "redis-cli", "set", "a", "2", "nx"));
      assertEquals("1\n", run(port, "redis-cli", "mget", "a", "b") + "\n");
      assertEquals("a", run(port, "redis-cli", "--scan", "--pattern", "a*"));
      assertEquals("1", run(port, "redis-cli", "del", "a", "b"));
      String said =
          run(
              port,
              "redis-benchmark",
              "-t",
              "ping,set,get",
              "-n",
              "" + CALLS,
              "-c",
              "20",
              "-r",
              "500",
              "-d",
              "100",
              "-P",
              "4",
              "--csv");
      for (String test : List.of("PING_MBULK", "SET", "GET")) {
        assertTrue(said.contains("\"" + test + "\",\""), said);
      }
      String keys = run(port, "redis-cli", "--scan", "--pattern", "key:*");
      assertTrue(keys.lines().count() > 400, keys);
      assertEquals(
          100, run(port, "redis-cli", "get", keys.lines().findFirst().orElse("")).length());
    }
  }
}
