package dev.plinth.raft.microraft;

import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.testkit.RaftMember;
import dev.plinth.raft.testkit.RaftMemberFactory;
import dev.plinth.raft.testkit.ThreeMembersContract;
import dev.plinth.spi.disk.Disk;
import io.microraft.RaftEndpoint;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Three nodes of MicroRaft, as the guide makes them.
final class ThreeNodesTest extends ThreeMembersContract {
  @Override
  protected Disk disk() {
    return new SystemDisk();
  }

  @Override
  protected RaftMemberFactory factory() {
    return (number, folder, storage, ports) -> {
      Map<RaftEndpoint, Integer> members = new HashMap<>();
      for (int i = 0; i < ports.size(); i++) {
        members.put(new NamedEndpoint("n" + i), ports.get(i));
      }
      return new MicroRaftMember(
          new Member(folder, storage, new NamedEndpoint("n" + number), members));
    };
  }

  private record MicroRaftMember(Member member) implements RaftMember {
    @Override
    public boolean isLeader() {
      return member.node().getLocalEndpoint().equals(member.node().getTerm().getLeaderEndpoint());
    }

    @Override
    public void propose(byte[] key, byte[] value, Consumer<Boolean> outcome) {
      var _ =
          member
              .node()
              .replicate(KeyValueMachine.put(key, value))
              .whenComplete((_, failure) -> outcome.accept(failure == null));
    }

    @Override
    public void snapshot() throws Exception {
      member.node().takeSnapshot().get();
    }

    @Override
    public StateMachineStore store() {
      return member.machine().store();
    }

    @Override
    public boolean hasInstalledSnapshot() {
      return member.machine().isReplaced();
    }

    @Override
    public void close() {
      member.close();
    }
  }
}
