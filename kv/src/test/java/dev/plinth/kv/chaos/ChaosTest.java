package dev.plinth.kv.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.linear.Call;
import dev.plinth.conformance.linear.LinearizabilityChecker;
import dev.plinth.kv.KvException;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.proto.DigestResponse;
import dev.plinth.kv.proto.StatsResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three processes on three engines are killed, frozen and cut off while clients call; what the
/// clients saw must be linearizable, and all nodes must end alike. `-Dplinth.chaos.seconds=180` and
/// `-Dplinth.chaos.seed=N` make it longer or other.
final class ChaosTest {
  private static final int CLIENTS = 5;
  private static final int KEYS = 6;
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  @TempDir private Path folder;

  private final Map<String, Integer> troubles = new TreeMap<>();

  @Test
  void whatClientsSeeIsLinearizable() throws Exception {
    long seconds = Long.getLong("plinth.chaos.seconds", 6);
    long seed = Long.getLong("plinth.chaos.seed", 1);
    try (ProcessCluster cluster = new ProcessCluster(folder)) {
      for (int i = 0; i < ProcessCluster.NODES; i++) {
        cluster.start(i);
      }
      awaitAnswer(cluster);
      AtomicBoolean stop = new AtomicBoolean();
      List<ChaosClient> clients = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new ChaosClient(i, cluster.addresses(), KEYS, seed * 1000 + i, stop));
        threads.add(Thread.ofPlatform().start(clients.getLast()));
      }
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      SplittableRandom random = new SplittableRandom(seed);
      while (System.nanoTime() < end) {
        trouble(cluster, random);
      }
      for (int i = 0; i < ProcessCluster.NODES; i++) {
        restart(cluster, i);
      }
      awaitAnswer(cluster);
      Thread.sleep(500);
      stop.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
      String digest = awaitAlike(cluster);
      judge(clients, seed, digest);
    }
  }

  private void judge(List<ChaosClient> clients, long seed, String digest) {
    List<Call> history = new ArrayList<>();
    int answered = 0;
    for (ChaosClient client : clients) {
      history.addAll(client.seen());
      answered += client.answered();
    }
    System.out.printf(
        "chaos: seed %d, %d calls answered, %d unknown, troubles %s, all nodes at %s%n",
        seed, answered, history.size() - answered, troubles, digest);
    assertTrue(answered > 50, "only " + answered + " calls were answered");
    Optional<String> violation = LinearizabilityChecker.violation(history);
    assertTrue(violation.isEmpty(), () -> violation + "\nagain with -Dplinth.chaos.seed=" + seed);
  }

  /// One trouble, for a while, and its end.
  private void trouble(ProcessCluster cluster, SplittableRandom random) throws Exception {
    int victim = random.nextInt(3) > 0 ? leader(cluster) : random.nextInt(ProcessCluster.NODES);
    int other = (victim + 1 + random.nextInt(2)) % ProcessCluster.NODES;
    long millis = 500 + random.nextLong(1500);
    int kind = random.nextInt(5);
    String name = List.of("kill", "freeze", "cut out", "cut in", "isolate").get(kind);
    troubles.merge(name, 1, Integer::sum);
    switch (kind) {
      case 0 -> {
        cluster.kill(victim);
        Thread.sleep(millis / 2);
        cluster.start(victim);
      }
      case 1 -> {
        cluster.freeze(victim, true);
        Thread.sleep(millis);
        cluster.freeze(victim, false);
      }
      case 2 -> {
        cluster.cut(victim, other, true);
        Thread.sleep(millis);
      }
      case 3 -> {
        cluster.cut(other, victim, true);
        Thread.sleep(millis);
      }
      default -> {
        for (int i = 0; i < ProcessCluster.NODES; i++) {
          if (i != victim) {
            cluster.cut(victim, i, true);
            cluster.cut(i, victim, true);
          }
        }
        Thread.sleep(millis);
      }
    }
    cluster.heal();
    Thread.sleep(200 + random.nextInt(800));
  }

  private static void restart(ProcessCluster cluster, int number) throws Exception {
    if (!cluster.isRunning(number)) {
      cluster.start(number);
    }
  }

  private static KvClient client(String address, Duration patience) {
    return KvClient.of(ClientOptions.of(address).withTimeouts(patience, patience));
  }

  private static int leader(ProcessCluster cluster) {
    for (int i = 0; i < ProcessCluster.NODES; i++) {
      try (KvClient client = client(cluster.address(i), Duration.ofMillis(500))) {
        StatsResponse stats = client.stats(false);
        if (stats.getRole().equals("leader")) {
          return i;
        }
      } catch (KvException e) {
        // It is down, or knows nothing: ask the next.
      }
    }
    return 0;
  }

  private static void awaitAnswer(ProcessCluster cluster) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    for (int i = 0; i < ProcessCluster.NODES; i++) {
      boolean answered = false;
      while (!answered) {
        try (KvClient client = client(cluster.address(i), Duration.ofSeconds(5))) {
          client.get(new byte[] {1});
          answered = true;
        } catch (KvException e) {
          assertTrue(System.nanoTime() < end, "waited in vain for node " + i + ": " + e);
          Thread.sleep(50);
        }
      }
    }
  }

  private static String awaitAlike(ProcessCluster cluster) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      List<String> digests = new ArrayList<>();
      for (int i = 0; i < ProcessCluster.NODES; i++) {
        try (KvClient client = client(cluster.address(i), Duration.ofSeconds(5))) {
          DigestResponse response = client.digest(0);
          digests.add("index " + response.getIndex() + " digest " + response.getDigest());
        } catch (KvException e) {
          digests.add("node " + i + ": " + e);
        }
      }
      if (digests.stream().distinct().count() == 1) {
        return digests.getFirst();
      }
      assertTrue(System.nanoTime() < end, () -> "the nodes do not become alike: " + digests);
      Thread.sleep(50);
    }
  }
}
