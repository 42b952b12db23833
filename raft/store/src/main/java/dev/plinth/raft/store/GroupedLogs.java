package dev.plinth.raft.store;

import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/// Finds grouped logs by name: `raft-log`, `raft-log-on-ENGINE` for every engine on the class path,
/// and what other providers add.
public final class GroupedLogs {
  private GroupedLogs() {}

  /// The names of all logs on the class path, sorted.
  public static List<String> names() {
    return new ArrayList<>(providers().keySet());
  }

  /// Whether a log is a peer to compare with.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown name
  public static boolean foreign(String name) {
    return provider(name).foreign(name);
  }

  /// Opens or makes a log.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown name, listing the known ones
  public static GroupedLog open(
      String name, Path directory, Map<String, String> options, EngineEnvironment environment) {
    return provider(name).open(name, directory, options, environment);
  }

  private static GroupedLogProvider provider(String name) {
    SortedMap<String, GroupedLogProvider> providers = providers();
    GroupedLogProvider provider = providers.get(name);
    if (provider == null) {
      throw new StorageException.InvalidConfiguration(
          Names.unknown("log store", name, providers.keySet()));
    }
    return provider;
  }

  private static SortedMap<String, GroupedLogProvider> providers() {
    SortedMap<String, GroupedLogProvider> byName = new TreeMap<>();
    for (GroupedLogProvider provider : ServiceLoader.load(GroupedLogProvider.class)) {
      provider.names().forEach(name -> byName.putIfAbsent(name, provider));
    }
    return byName;
  }
}
