package dev.plinth.raft.jraft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Engines;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes of JRaft on loopback, each on another log and another engine where there are enough:
/// each is killed and restarted, one loses everything, and all end with the same content.
final class ThreeNodesTest {
  private static final int COMMANDS = 10_000;

  @TempDir private Path folder;

  /// The engines of ours on the class path, again from the first when there are fewer than three.
  private static List<Map<String, String>> configurations() {
    List<String> engines =
        Engines.names().stream().filter(name -> !Engines.provider(name).foreign()).toList();
    List<Map<String, String>> configurations = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String state = engines.get(i % engines.size());
      configurations.add(
          i < 2
              ? Map.of("state.engine", state, "log.segment.bytes", "256KiB")
              : Map.of("state.engine", state, "log.engine", "bitcask"));
    }
    return configurations;
  }

  @Test
  void killedRestartedAndEmptiedMembersEndAlike() throws Exception {
    try (Cluster cluster = new Cluster(folder, configurations())) {
      for (int i = 0; i < 3; i++) {
        cluster.start(i);
      }
      for (int round = 0; round < 3; round++) {
        int victim = round;
        cluster.put(round * 2000, (round + 1) * 2000, () -> cluster.kill(victim));
        cluster.start(victim);
      }
      awaitAlike(cluster);
      int lost = (cluster.leader() + 1) % 3;
      cluster.stop(lost);
      cluster.empty(lost);
      for (int round = 0; round < 2; round++) {
        cluster.put(6000 + round * 1000, 7000 + round * 1000, () -> {});
        for (int i = 0; i < 3; i++) {
          if (i != lost) {
            cluster.snapshot(i);
          }
        }
      }
      cluster.start(lost);
      cluster.put(8000, COMMANDS, () -> {});
      awaitAlike(cluster);
      assertTrue(
          Files.isDirectory(cluster.home(lost).resolve("snapshots")),
          "the emptied member was given a snapshot");
      assertAlike(cluster);
      for (int i = 0; i < 3; i++) {
        cluster.stop(i);
        cluster.start(i);
      }
      awaitAlike(cluster);
      assertAlike(cluster);
    }
  }

  private static void awaitAlike(Cluster cluster) {
    Cluster.await(
        "the members to apply the same",
        () -> {
          StateMachineStore.Applied first = applied(cluster, 0);
          return first.index() > 0
              && first.equals(applied(cluster, 1))
              && first.equals(applied(cluster, 2));
        });
  }

  private static StateMachineStore.Applied applied(Cluster cluster, int number) {
    return cluster.member(number).store().applied(0);
  }

  private static void assertAlike(Cluster cluster) {
    StateMachineStore.Digest expected = cluster.member(0).store().digest(0);
    assertFalse(expected.digest().equals(new dev.plinth.spi.StateDigest.Sum().digest()));
    for (int i = 0; i < 3; i++) {
      StateMachineStore store = cluster.member(i).store();
      assertEquals(expected, store.digest(0), "member " + i);
      for (int command = COMMANDS - 4000; command < COMMANDS; command++) {
        assertArrayEquals(Cluster.value(command), store.get(0, Cluster.key(command)));
      }
    }
  }
}
