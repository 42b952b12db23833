package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.testkit.RaftMember;
import dev.plinth.raft.testkit.RaftMemberFactory;
import dev.plinth.raft.testkit.ThreeMembersContract;
import dev.plinth.spi.disk.Disk;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Three nodes of JRaft, as the guide makes them.
final class ThreeNodesTest extends ThreeMembersContract {
  @Override
  protected Disk disk() {
    return new SystemDisk();
  }

  @Override
  protected RaftMemberFactory factory() {
    return (number, folder, storage, ports) -> {
      String addresses =
          ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
      PeerId self = new PeerId("127.0.0.1", ports.get(number));
      return new JraftMember(new Member(folder, storage, self, addresses));
    };
  }

  private record JraftMember(Member member) implements RaftMember {
    @Override
    public boolean isLeader() {
      return member.node().isLeader();
    }

    @Override
    public void propose(byte[] key, byte[] value, Consumer<Boolean> outcome) {
      Node node = member.node();
      node.apply(
          new Task(KeyValueMachine.put(key, value), status -> outcome.accept(status.isOk())));
    }

    @Override
    public void snapshot() throws Exception {
      CompletableFuture<Status> ended = new CompletableFuture<>();
      member.node().snapshot(ended::complete);
      Status status = ended.get();
      if (!status.isOk()) {
        throw new AssertionError("the snapshot failed: " + status);
      }
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
