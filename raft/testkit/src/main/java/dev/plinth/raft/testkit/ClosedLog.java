package dev.plinth.raft.testkit;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.RaftLogStats;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.StorageException;
import java.util.List;

/// Stands where no log is open.
final class ClosedLog implements GroupedLog {
  @Override
  public RaftLogStore group(long group, long base) {
    throw closed();
  }

  @Override
  public List<Long> groups() {
    throw closed();
  }

  @Override
  public void sync() {
    throw closed();
  }

  @Override
  public void reclaim() {
    throw closed();
  }

  @Override
  public long verify() {
    throw closed();
  }

  @Override
  public RaftLogStats stats() {
    throw closed();
  }

  private static StorageException closed() {
    return new StorageException.Closed("no log is open");
  }

  @Override
  public void close() {}
}
