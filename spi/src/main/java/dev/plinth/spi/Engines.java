package dev.plinth.spi;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/// Finds engines by name and opens them from configuration: the one loader.
public final class Engines {
  /// The configuration key that names the engine.
  public static final String ENGINE_KEY = "engine";

  private Engines() {}

  /// The names of all engines on the class path, sorted.
  public static List<String> names() {
    return new ArrayList<>(providers().keySet());
  }

  /// The provider of an engine.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown name, listing the known ones and
  ///   the nearest
  public static EngineProvider provider(String name) {
    SortedMap<String, EngineProvider> providers = providers();
    EngineProvider provider = providers.get(name);
    if (provider == null) {
      throw new StorageException.InvalidConfiguration(
          Names.unknown("engine", name, providers.keySet()));
    }
    return provider;
  }

  /// Checks the options of an engine and fills in defaults.
  ///
  /// @param configuration option texts by name; the key `engine` is passed over
  public static EngineOptions options(EngineProvider provider, Map<String, String> configuration) {
    Map<String, String> given = new TreeMap<>(configuration);
    given.remove(ENGINE_KEY);
    return EngineOptions.of(provider.options(), given);
  }

  /// Opens or creates the engine that a configuration describes.
  ///
  /// @param configuration `engine = NAME` and that engine's options
  public static Engine open(Path directory, Map<String, String> configuration) {
    return open(directory, configuration, EngineEnvironment.standard());
  }

  /// Opens or creates the engine that a configuration describes, in a given environment.
  public static Engine open(
      Path directory, Map<String, String> configuration, EngineEnvironment environment) {
    String name = configuration.get(ENGINE_KEY);
    if (name == null) {
      throw new StorageException.InvalidConfiguration(
          "the configuration names no engine; add 'engine = NAME' with one of "
              + String.join(", ", names()));
    }
    EngineProvider provider = provider(name);
    return open(directory, provider, options(provider, configuration), environment);
  }

  /// Opens or creates an engine of a provider, in checked mode when the options say so.
  public static Engine open(
      Path directory,
      EngineProvider provider,
      EngineOptions options,
      EngineEnvironment environment) {
    Engine engine = provider.open(directory, options, environment);
    return options.checked() ? new CheckedEngine(engine) : engine;
  }

  private static SortedMap<String, EngineProvider> providers() {
    SortedMap<String, EngineProvider> byName = new TreeMap<>();
    for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
      EngineProvider earlier = byName.putIfAbsent(provider.name(), provider);
      if (earlier != null && !earlier.getClass().equals(provider.getClass())) {
        throw new StorageException.InvalidConfiguration(
            "two engines are named "
                + provider.name()
                + ": "
                + earlier.getClass().getName()
                + " and "
                + provider.getClass().getName()
                + "; take one off the class path");
      }
    }
    return byName;
  }
}
