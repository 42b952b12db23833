package dev.plinth.raft.testkit;

import dev.plinth.raft.store.StorageConfiguration;
import java.nio.file.Path;
import java.util.List;

/// Starts members of a group of three.
@FunctionalInterface
public interface RaftMemberFactory {
  /// Starts a member, again when its folder holds something.
  ///
  /// @param number 0 to 2
  /// @param folder its own; exists
  /// @param storage which log and which engine it is on
  /// @param ports of all three on loopback, by number
  RaftMember start(int number, Path folder, StorageConfiguration storage, List<Integer> ports)
      throws Exception;
}
