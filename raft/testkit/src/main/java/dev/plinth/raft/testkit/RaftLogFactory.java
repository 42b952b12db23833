package dev.plinth.raft.testkit;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.Executor;

/// Opens the log store under test.
@FunctionalInterface
public interface RaftLogFactory {
  /// Opens or makes a log; everything that it does to files goes through the disk.
  ///
  /// @param background runs the log's background tasks
  GroupedLog open(Disk disk, Path directory, Executor background);
}
