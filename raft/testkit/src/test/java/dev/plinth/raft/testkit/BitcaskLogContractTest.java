package dev.plinth.raft.testkit;

final class BitcaskLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.onEngine("bitcask");
  }

  @Override
  protected String name() {
    return "raft-log-on-bitcask";
  }
}
