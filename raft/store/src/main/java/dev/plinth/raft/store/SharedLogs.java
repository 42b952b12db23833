package dev.plinth.raft.store;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The logs that are open in this process, by directory: groups that name one directory share one
/// log, its stream and its syncs. The last one out closes it. Any thread.
public final class SharedLogs {
  /// Those of this process.
  public static final SharedLogs PROCESS = new SharedLogs();

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
  public final class Lease implements AutoCloseable {
    private final Path directory;
    private final GroupedLog log;
    private boolean ended;

    private Lease(Path directory, GroupedLog log) {
      this.directory = directory;
      this.log = log;
    }

    /// The log; not to be closed by its users.
    public GroupedLog log() {
      return log;
    }

    /// Ends this use; the last one closes the log.
    @Override
    public void close() {
      release(this);
    }
  }

  /// Opens a log, or joins those who have opened it.
  ///
  /// @param directory absolute and normalized
  /// @throws StorageException.InvalidConfiguration when it is open with other options
  public synchronized Lease acquire(Path directory, StorageConfiguration configuration) {
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
