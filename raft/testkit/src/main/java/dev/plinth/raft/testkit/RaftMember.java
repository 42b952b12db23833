package dev.plinth.raft.testkit;

import dev.plinth.raft.store.StateMachineStore;
import java.util.function.Consumer;

/// A member of a Raft group under test: a node of a library with its log and its state, whose state
/// machine puts values to keys in group 0 of its store.
public interface RaftMember extends AutoCloseable {
  /// Whether it believes that it leads the group.
  boolean isLeader();

  /// Proposes to put a value to a key. Returns at once.
  ///
  /// @param outcome told, on any thread, true when the command was committed and applied, false
  ///   when that is not known
  void propose(byte[] key, byte[] value, Consumer<Boolean> outcome);

  /// Makes a snapshot, waits for it, and cuts the log as far as the library does.
  void snapshot() throws Exception;

  /// Where its state is.
  StateMachineStore store();

  /// Whether it was given a snapshot by another member since it was started.
  boolean hasInstalledSnapshot();

  /// Stops the node and closes its log and its state.
  @Override
  void close();
}
