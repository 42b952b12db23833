package dev.plinth.raft.testkit;

import java.time.Duration;

final class BtreeLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.onEngine("btree");
  }

  @Override
  protected String name() {
    return "raft-log-on-btree";
  }

  @Override
  protected Duration laboratoryTime() {
    return Duration.ofSeconds(4);
  }
}
