package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.raft.testkit.LogComparison;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jgroups.protocols.raft.FileBasedLog;
import org.jgroups.protocols.raft.Log;
import org.jgroups.protocols.raft.LogEntries;
import org.jgroups.protocols.raft.LogEntry;

/// Compares our log with the library's own in files, both synced: a folder for the logs, and the
/// file of results.
final class LogComparisonMain {
  private LogComparisonMain() {}

  public static void main(String[] arguments) throws Exception {
    StorageConfiguration storage = StorageConfiguration.of(Map.of());
    LogComparison.run(
        "jgroups-raft 1.1.4.Final",
        Path.of(arguments[0]),
        Path.of(arguments[1]),
        new LogComparison.Candidate(
            "plinth", folder -> new Appending(PlinthLog.open(folder, 0, storage))),
        new LogComparison.Candidate("FileBasedLog", LogComparisonMain::fileBased));
  }

  private static Appending fileBased(Path folder) throws Exception {
    Log log = new FileBasedLog();
    log.useFsync(true);
    log.init(folder.resolve("log").toString(), Map.of());
    return new Appending(log);
  }

  /// Appends as RAFT does: entries, then how far they are committed.
  private record Appending(Log log) implements LogComparison.Appender {
    @Override
    public void append(int count, byte[] command) {
      LogEntries entries = new LogEntries();
      for (int i = 0; i < count; i++) {
        entries.add(new LogEntry(1, command));
      }
      log.commitIndex(log.append(log.lastAppended() + 1, entries));
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }
}
