package dev.plinth.raft.testkit;

import java.time.Duration;

final class LeveledLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.onEngine("lsm-leveled");
  }

  @Override
  protected String name() {
    return "raft-log-on-lsm-leveled";
  }

  @Override
  protected Duration laboratoryTime() {
    return Duration.ofSeconds(4);
  }
}
