package dev.plinth.peers;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.GroupedLogProvider;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The log that SOFAJRaft keeps in RocksDB by default, with its codec, and once with bare bytes.
public final class JraftLogs implements GroupedLogProvider {
  private static final String PROTOBUF = "jraft-rocksdb";
  private static final String BARE = "jraft-rocksdb-raw";

  /// For the service loader.
  public JraftLogs() {}

  @Override
  public List<String> names() {
    return List.of(PROTOBUF, BARE);
  }

  @Override
  public boolean foreign(String name) {
    return true;
  }

  @Override
  public GroupedLog open(
      String name, Path directory, Map<String, String> options, EngineEnvironment environment) {
    if (!options.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          name + " is run as JRaft sets it: it takes no options, but got " + options.keySet());
    }
    return new JraftLog(directory, name.equals(BARE));
  }
}
