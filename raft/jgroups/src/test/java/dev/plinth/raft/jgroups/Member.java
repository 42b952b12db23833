package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jgroups.JChannel;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.protocols.raft.ELECTION;
import org.jgroups.protocols.raft.NO_DUPES;
import org.jgroups.protocols.raft.RAFT;
import org.jgroups.raft.RaftHandle;

/// A member of the group of the guide: a channel of JGroups, its log and its state in one folder.
final class Member implements AutoCloseable {
  private final StateMachineStore state;
  private final KeyValueMachine machine;
  private final RAFT raft;
  private final JChannel channel;
  private final RaftHandle handle;

  /// Starts it.
  ///
  /// @param folder holds everything; made when missing
  /// @param storage chooses the log and the engine
  /// @param names of the members, by number
  /// @param ports where they listen on loopback
  /// @param number which of them it is
  Member(
      Path folder,
      StorageConfiguration storage,
      List<String> names,
      List<Integer> ports,
      int number)
      throws Exception {
    state = storage.openState(folder.resolve("state"));
    machine = new KeyValueMachine(state);
    raft =
        new RAFT()
            .members(names)
            .raftId(names.get(number))
            .stateMachine(machine)
            .resendInterval(100)
            .log(PlinthLog.open(folder.resolve("log"), 0, storage));
    channel = channel(raft, ports, number).name(names.get(number));
    handle = new RaftHandle(channel, machine);
    channel.connect("words");
  }

  private static JChannel channel(RAFT raft, List<Integer> ports, int number) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    TCP tcp = new TCP();
    tcp.setBindAddress(loopback).setBindPort(ports.get(number)).setPortRange(0);
    TCPPING discovery = new TCPPING().portRange(0);
    discovery.initialHosts(
        ports.stream().map(port -> new InetSocketAddress(loopback, port)).toList());
    return new JChannel(
        tcp,
        discovery,
        new MERGE3().setMinInterval(500).setMaxInterval(1000),
        new FD_SOCK2(),
        new NAKACK2().useMcastXmit(false),
        new UNICAST3(),
        new STABLE(),
        new NO_DUPES(),
        new GMS().printLocalAddress(false).setJoinTimeout(500),
        new FRAG4(),
        new ELECTION(),
        raft);
  }

  RAFT raft() {
    return raft;
  }

  RaftHandle handle() {
    return handle;
  }

  KeyValueMachine machine() {
    return machine;
  }

  /// Stops it: the channel first, which closes its log, then the store that it applies to.
  @Override
  public void close() {
    try {
      channel.close();
    } finally {
      state.close();
    }
  }
}
