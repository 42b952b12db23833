package dev.plinth.raft.ratis;

import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.testkit.RaftMember;
import dev.plinth.raft.testkit.RaftMemberFactory;
import dev.plinth.raft.testkit.ThreeMembersContract;
import dev.plinth.spi.disk.Disk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.SnapshotManagementRequest;

/// Three nodes of Ratis, as the guide makes them.
final class ThreeNodesTest extends ThreeMembersContract {
  private static final RaftGroupId GROUP = RaftGroupId.valueOf(new UUID(11, 23));
  private static final ClientId CLIENT = ClientId.valueOf(new UUID(1, 2));
  private static final AtomicLong CALLS = new AtomicLong();

  @Override
  protected Disk disk() {
    return new SystemDisk();
  }

  @Override
  protected RaftMemberFactory factory() {
    return (number, folder, storage, ports) -> {
      List<RaftPeer> peers = new ArrayList<>();
      for (int i = 0; i < ports.size(); i++) {
        peers.add(
            RaftPeer.newBuilder().setId("n" + i).setAddress("127.0.0.1:" + ports.get(i)).build());
      }
      return new RatisMember(
          new Member(
              folder,
              storage,
              RaftGroup.valueOf(GROUP, peers),
              peers.get(number),
              ports.get(number)));
    };
  }

  private record RatisMember(Member member) implements RaftMember {
    @Override
    public boolean isLeader() {
      try {
        return member.server().getDivision(GROUP).getInfo().isLeaderReady();
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void propose(byte[] key, byte[] value, Consumer<Boolean> outcome) {
      RaftClientRequest request =
          RaftClientRequest.newBuilder()
              .setClientId(CLIENT)
              .setServerId(member.server().getId())
              .setGroupId(GROUP)
              .setCallId(CALLS.incrementAndGet())
              .setMessage(KeyValueMachine.put(key, value))
              .setType(RaftClientRequest.writeRequestType())
              .build();
      try {
        var _ =
            member
                .server()
                .submitClientRequestAsync(request)
                .whenComplete(
                    (reply, failure) -> outcome.accept(failure == null && reply.isSuccess()));
      } catch (IOException e) {
        outcome.accept(false);
      }
    }

    @Override
    public void snapshot() throws Exception {
      RaftClientReply reply =
          member
              .server()
              .snapshotManagement(
                  SnapshotManagementRequest.newCreate(
                      CLIENT, member.server().getId(), GROUP, CALLS.incrementAndGet(), 60_000, 1));
      if (!reply.isSuccess()) {
        throw new AssertionError("the snapshot failed: " + reply);
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
      try {
        member.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
