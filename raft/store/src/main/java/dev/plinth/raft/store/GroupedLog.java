package dev.plinth.raft.store;

import java.util.List;

/// One physical log in one directory that holds the logs of many Raft groups: one stream of bytes,
/// one sync for all who wait. Any thread.
public interface GroupedLog extends AutoCloseable {
  /// The log of a group, begun when it is not there. The same object for the same number.
  ///
  /// @param group 0 or more
  /// @param base the index of the first entry of a group that has none yet; usually 1
  RaftLogStore group(long group, long base);

  /// The log of a group whose indexes begin with 1.
  default RaftLogStore group(long group) {
    return group(group, 1);
  }

  /// The groups that hold something, ascending.
  List<Long> groups();

  /// Makes every change of every group durable, with one sync.
  void sync();

  /// Gives back the space of what was compacted and truncated, and waits for it; the background
  /// does the same by itself.
  void reclaim();

  /// Reads everything and checks it.
  ///
  /// @return how many entries were read
  /// @throws dev.plinth.spi.StorageException.Corrupt for the first damage found
  long verify();

  /// What was counted since it was opened, and what it holds.
  RaftLogStats stats();

  /// Makes everything durable and closes; a failed log closes without writing. A second call does
  /// nothing.
  @Override
  void close();
}
