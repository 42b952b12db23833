package dev.plinth.raft.ratis;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage.StartupOption;
import org.apache.ratis.util.TimeDuration;

/// A member of the group of the guide: a server of Ratis with its own log, and its state and large
/// values on Plinth, in one folder.
final class Member implements AutoCloseable {
  private final StateMachineStore state;
  private final DataLog values;
  private final KeyValueMachine machine;
  private final RaftServer server;

  /// Starts it.
  ///
  /// @param folder holds everything; made when missing
  /// @param storage chooses the log of large values and the engine
  /// @param group the members, with their addresses on loopback
  /// @param self which of them it is
  /// @param port where it listens
  Member(Path folder, StorageConfiguration storage, RaftGroup group, RaftPeer self, int port)
      throws IOException {
    state = storage.openState(folder.resolve("state"));
    values = DataLog.open(folder.resolve("values"), 0, storage, 64);
    machine = new KeyValueMachine(state, values);
    Path own = folder.resolve("ratis");
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(own.toFile()));
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, 1);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, TimeDuration.valueOf(500, MILLIS));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, TimeDuration.valueOf(1000, MILLIS));
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(properties, "1ms,10, 50ms,1000");
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        properties, TimeDuration.valueOf(1000, MILLIS));
    // Ratis ends a server whose process stood still for a minute; a busy machine may stop a test.
    RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(1, TimeUnit.HOURS));
    GrpcConfigKeys.Server.setPort(properties, port);
    boolean isNew = !Files.isDirectory(own.resolve(group.getGroupId().getUuid().toString()));
    server =
        RaftServer.newBuilder()
            .setGroup(group)
            .setServerId(self.getId())
            .setProperties(properties)
            .setStateMachine(machine)
            .setOption(isNew ? StartupOption.FORMAT : StartupOption.RECOVER)
            .build();
    server.start();
  }

  private static final TimeUnit MILLIS = TimeUnit.MILLISECONDS;

  RaftServer server() {
    return server;
  }

  KeyValueMachine machine() {
    return machine;
  }

  /// Stops it: the server first, then what it wrote to.
  @Override
  public void close() throws IOException {
    try (state;
        values) {
      server.close();
    }
  }
}
