package dev.plinth.raft.microraft;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.RaftNode.RaftNodeBuilder;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.persistence.RestoredRaftState;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A member of the group of the guide: a node of MicroRaft, its log and its state in one folder.
final class Member implements AutoCloseable {
  private final StateMachineStore state;
  private final KeyValueMachine machine;
  private final TcpTransport transport;
  private final RaftNode node;

  /// Starts it.
  ///
  /// @param folder holds everything; made when missing
  /// @param storage chooses the log and the engine
  /// @param self which of the members it is
  /// @param ports where the members listen on loopback
  Member(
      Path folder,
      StorageConfiguration storage,
      RaftEndpoint self,
      Map<RaftEndpoint, Integer> ports) {
    state = storage.openState(folder.resolve("state"));
    machine = new KeyValueMachine(state);
    transport = new TcpTransport(self, ports);
    PlinthRaftStore store = PlinthRaftStore.open(folder.resolve("log"), 0, storage);
    RaftNodeBuilder builder =
        RaftNode.newBuilder()
            .setGroupId("words")
            .setConfig(config())
            .setModelFactory(new DefaultRaftModelFactory())
            .setTransport(transport)
            .setStateMachine(machine)
            .setStore(store);
    Optional<RestoredRaftState> restored = store.restored();
    if (restored.isPresent()) {
      builder.setRestoredState(restored.get());
    } else {
      builder.setLocalEndpoint(self).setInitialGroupMembers(ports.keySet());
    }
    node = builder.build();
    transport.listen(node::handle);
    node.start().join();
  }

  private static RaftConfig config() {
    return RaftConfig.newBuilder()
        .setLeaderElectionTimeoutMillis(300)
        .setLeaderHeartbeatPeriodSecs(1)
        .setLeaderHeartbeatTimeoutSecs(2)
        .setCommitCountToTakeSnapshot(1000)
        .build();
  }

  RaftNode node() {
    return node;
  }

  KeyValueMachine machine() {
    return machine;
  }

  /// Stops it: the node first, which closes its log, then the store that it applies to.
  @Override
  public void close() {
    try {
      node.terminate().join();
    } finally {
      transport.close();
      state.close();
    }
  }
}
