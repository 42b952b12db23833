package dev.plinth.raft.store;

import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The segmented log, and a log on each engine.
public final class OwnLogs implements GroupedLogProvider {
  private static final String ON_ENGINE = SegmentedLog.NAME + "-on-";

  /// For the service loader.
  public OwnLogs() {}

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(SegmentedLog.NAME);
    Engines.names().forEach(engine -> names.add(ON_ENGINE + engine));
    return names;
  }

  @Override
  public boolean foreign(String name) {
    return name.startsWith(ON_ENGINE) && Engines.provider(engine(name)).foreign();
  }

  @Override
  public GroupedLog open(
      String name, Path directory, Map<String, String> options, EngineEnvironment environment) {
    if (!name.startsWith(ON_ENGINE)) {
      return SegmentedLog.open(directory, options, environment);
    }
    Map<String, String> configuration = new TreeMap<>(options);
    configuration.put(Engines.ENGINE_KEY, engine(name));
    return EngineLog.open(directory, configuration, environment);
  }

  private static String engine(String name) {
    return name.substring(ON_ENGINE.length());
  }
}
