package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What every adapter of a Raft library must pass: three nodes on loopback, each on another log and
/// another engine where there are enough, 10,000 commands; each is killed and restarted, one loses
/// everything and is given a snapshot, and all end with the same content.
public abstract class ThreeMembersContract {
  private static final int COMMANDS = 10_000;

  @TempDir private Path folder;

  /// Starts the members.
  protected abstract RaftMemberFactory factory();

  /// The operating system's disk.
  protected abstract Disk disk();

  /// The configurations of the three: the lines of the guide, which are the same under every
  /// library, with other engines for the others: ours on the class path, again from the first when
  /// there are fewer than three.
  protected List<Map<String, String>> configurations() throws IOException {
    List<String> engines =
        Engines.names().stream().filter(name -> !Engines.provider(name).foreign()).toList();
    List<Map<String, String>> configurations = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Map<String, String> lines = GuideContract.storageLines();
      if (i > 0) {
        lines.put("state.engine", engines.get(i % engines.size()));
      }
      if (i == 2) {
        lines.put("log.engine", "bitcask");
      } else {
        lines.put("log.segment.bytes", "256KiB");
      }
      configurations.add(lines);
    }
    return configurations;
  }

  @Test
  final void killedRestartedAndEmptiedMembersEndAlike() throws Exception {
    try (ThreeMembers members = new ThreeMembers(folder, configurations(), this::disk, factory())) {
      for (int i = 0; i < 3; i++) {
        members.start(i);
      }
      for (int round = 0; round < 3; round++) {
        int victim = round;
        members.put(round * 2000, (round + 1) * 2000, () -> members.kill(victim));
        members.start(victim);
      }
      awaitAlike(members);
      int lost = (members.leader() + 1) % 3;
      members.stop(lost);
      members.empty(lost);
      for (int round = 0; round < 2; round++) {
        members.put(6000 + round * 1000, 7000 + round * 1000, () -> {});
        for (int i = 0; i < 3; i++) {
          if (i != lost) {
            members.member(i).snapshot();
          }
        }
      }
      members.start(lost);
      members.put(8000, COMMANDS, () -> {});
      awaitAlike(members);
      ThreeMembers.await(
          "the emptied member to say that it was given a snapshot",
          () -> members.member(lost).hasInstalledSnapshot());
      assertHolds(members);
      for (int i = 0; i < 3; i++) {
        members.stop(i);
        members.start(i);
      }
      awaitAlike(members);
      assertHolds(members);
    }
  }

  /// Waits until all have applied the same entries; their contents must be the same then.
  private static void awaitAlike(ThreeMembers members) {
    ThreeMembers.await(
        "the members to apply the same",
        () -> {
          StateMachineStore.Digest first = members.member(0).store().digest(0);
          boolean alike = first.applied().index() > 0;
          for (int i = 1; i < 3; i++) {
            StateMachineStore.Digest other = members.member(i).store().digest(0);
            if (other.applied().equals(first.applied())) {
              assertEquals(first, other, "members 0 and " + i);
            } else {
              alike = false;
            }
          }
          return alike;
        });
  }

  private static void assertHolds(ThreeMembers members) {
    for (int i = 0; i < 3; i++) {
      StateMachineStore store = members.member(i).store();
      assertNotEquals(new StateDigest.Sum().digest(), store.digest(0).digest());
      for (int command = COMMANDS - 4000; command < COMMANDS; command++) {
        assertArrayEquals(
            ThreeMembers.value(command), store.get(0, ThreeMembers.key(command)), "member " + i);
      }
    }
  }
}
