package dev.plinth.raft.testkit;

final class SegmentedLogContractTest extends RaftLogStoreContract {
  @Override
  protected RaftLogFactory factory() {
    return RaftLogSubjects.segmented();
  }

  @Override
  protected String name() {
    return RaftLogSubjects.SEGMENTED;
  }
}
