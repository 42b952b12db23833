package dev.plinth.raft.microraft;

import dev.plinth.raft.store.StateMachineStore;
import org.jspecify.annotations.Nullable;

/// What `RaftNode.query` is given when the state machine is a [PlinthStateMachine]: MicroRaft hands
/// queries to the method that takes commands, so they need a type of their own.
@FunctionalInterface
public interface Query {
  /// Reads the state. Called on the node's thread, when MicroRaft's policy for the query holds.
  ///
  /// @param group the group's number in the store
  /// @return the query's result, which holds no memory of the store
  @Nullable Object read(StateMachineStore store, long group);
}
