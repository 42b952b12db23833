package dev.plinth.raft.testkit;

import java.time.Duration;

final class BitcaskLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.onEngine("bitcask");
  }

  @Override
  protected String name() {
    return "raft-log-on-bitcask";
  }

  @Override
  protected Duration laboratoryTime() {
    return Duration.ofSeconds(6);
  }
}
