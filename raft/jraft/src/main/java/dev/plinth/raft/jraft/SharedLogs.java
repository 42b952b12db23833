package dev.plinth.raft.jraft;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The logs that are open in this process, by directory: JRaft opens a log and a meta storage for
/// each group, and groups that name one directory share one log, its stream and its syncs. The last
/// one out closes it. Any thread.
final class SharedLogs {
  static final SharedLogs PROCESS = new SharedLogs();

  private final Map<Path, Shared> open = new HashMap<>();

  private SharedLogs() {}

  private static final class Shared {
    final GroupedLog log;
    final StorageConfiguration configuration;
    int users;

    Shared(GroupedLog log, StorageConfiguration configuration) {
      this.log = log;
      this.configuration = configuration;
    }
  }

  /// A use of a log; ended by closing it, a second time does nothing.
  final class Lease implements AutoCloseable {
    private final Path directory;
    private final GroupedLog log;
    private boolean ended;

    private Lease(Path directory, GroupedLog log) {
      this.directory = directory;
      this.log = log;
    }

    GroupedLog log() {
      return log;
    }

    @Override
    public void close() {
      release(this);
    }
  }

  /// Opens a log, or joins those who have opened it.
  ///
  /// @throws StorageException.InvalidConfiguration when it is open with other options
  synchronized Lease acquire(Path directory, StorageConfiguration configuration) {
    @Nullable Shared shared = open.get(directory);
    if (shared == null) {
      shared = new Shared(configuration.openLog(directory), configuration);
      open.put(directory, shared);
    } else if (!shared.configuration.log().equals(configuration.log())) {
      throw new StorageException.InvalidConfiguration(
          directory
              + ": is open in this process with "
              + shared.configuration.log()
              + "; here it is "
              + configuration.log());
    }
    shared.users++;
    return new Lease(directory, shared.log);
  }

  private synchronized void release(Lease lease) {
    Shared shared = open.get(lease.directory);
    if (lease.ended || shared == null) {
      return;
    }
    lease.ended = true;
    shared.users--;
    if (shared.users == 0) {
      open.remove(lease.directory);
      shared.log.close();
    }
  }
}
