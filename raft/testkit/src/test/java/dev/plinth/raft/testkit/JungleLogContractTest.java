package dev.plinth.raft.testkit;

import java.time.Duration;

/// Jungle in its mode for logs.
final class JungleLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.onEngine("jungle", "log");
  }

  @Override
  protected String name() {
    return "raft-log-on-jungle@log";
  }

  @Override
  protected Duration laboratoryTime() {
    return Duration.ofSeconds(4);
  }
}
