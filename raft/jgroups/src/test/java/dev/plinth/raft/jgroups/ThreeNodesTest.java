package dev.plinth.raft.jgroups;

import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.testkit.RaftMember;
import dev.plinth.raft.testkit.RaftMemberFactory;
import dev.plinth.raft.testkit.ThreeMembersContract;
import dev.plinth.spi.disk.Disk;
import java.util.List;
import java.util.function.Consumer;

/// Three nodes of jgroups-raft, as the guide makes them.
final class ThreeNodesTest extends ThreeMembersContract {
  @Override
  protected Disk disk() {
    return new SystemDisk();
  }

  @Override
  protected RaftMemberFactory factory() {
    return (number, folder, storage, ports) ->
        new JgroupsMember(new Member(folder, storage, List.of("n0", "n1", "n2"), ports, number));
  }

  private record JgroupsMember(Member member) implements RaftMember {
    @Override
    public boolean isLeader() {
      return member.raft().isLeader();
    }

    @Override
    public void propose(byte[] key, byte[] value, Consumer<Boolean> outcome) {
      byte[] command = KeyValueMachine.put(key, value);
      try {
        var _ =
            member
                .handle()
                .setAsync(command, 0, command.length)
                .whenComplete((_, failure) -> outcome.accept(failure == null));
      } catch (Exception e) {
        outcome.accept(false);
      }
    }

    @Override
    public void snapshot() throws Exception {
      member.raft().snapshot();
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
