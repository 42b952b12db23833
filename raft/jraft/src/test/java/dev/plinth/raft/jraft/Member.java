package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.NodeOptions;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import java.nio.file.Path;

/// A member of the group of the guide: a node of JRaft, its log and its state in one folder.
final class Member implements AutoCloseable {
  private static final String GROUP = "words";

  private final StateMachineStore store;
  private final KeyValueMachine machine;
  private final RaftGroupService service;
  private final Node node;

  /// Starts it.
  ///
  /// @param folder holds everything; made when missing
  /// @param storage chooses the log and the engine
  /// @param self its address
  /// @param members the addresses of all, `HOST:PORT,HOST:PORT`
  Member(Path folder, StorageConfiguration storage, PeerId self, String members) {
    store = storage.openState(folder.resolve("state"));
    machine = new KeyValueMachine(store);
    NodeOptions options = new NodeOptions();
    options.setServiceFactory(new PlinthServiceFactory(storage));
    options.setFsm(machine);
    options.setLogUri(folder.resolve("log").toString());
    options.setRaftMetaUri(folder.resolve("log").toString());
    options.setSnapshotUri(folder.resolve("snapshots").toString());
    Configuration group = new Configuration();
    group.parse(members);
    options.setInitialConf(group);
    options.setElectionTimeoutMs(500);
    options.setSnapshotIntervalSecs(0);
    service = new RaftGroupService(GROUP, self, options);
    node = service.start();
  }

  Node node() {
    return node;
  }

  KeyValueMachine machine() {
    return machine;
  }

  /// Stops it: the node first, then the store that it applies to.
  @Override
  public void close() {
    service.shutdown();
    try {
      service.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    store.close();
  }
}
