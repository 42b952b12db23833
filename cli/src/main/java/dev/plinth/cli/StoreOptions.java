package dev.plinth.cli;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which store an operator's command is about: opened as it was opened last.
final class StoreOptions {
  @Parameters(index = "0", paramLabel = "DIR", description = "The directory of the store.")
  private Path directory;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "The engine, for a store that does not say.")
  private @Nullable String engine;

  @Option(
      names = "--option",
      paramLabel = "KEY=VALUE",
      description = "An option to open it with. Repeatable.")
  private List<String> options = new ArrayList<>();

  /// Opens the store, which recovers it if need be.
  ///
  /// @throws StorageException.InvalidConfiguration when there is none
  Engine open() {
    Map<String, String> configuration = configuration();
    String name = engine != null ? engine : configuration.get(Engines.ENGINE_KEY);
    if (name == null) {
      throw new StorageException.InvalidConfiguration(
          directory + " does not say whose store it is; name its engine by --engine");
    }
    EngineProvider provider = Engines.provider(name);
    EngineOptions checked = Engines.options(provider, configuration);
    return Engines.open(directory, provider, checked, EngineEnvironment.standard());
  }

  private Map<String, String> configuration() {
    if (!Files.isDirectory(directory)) {
      throw new StorageException.InvalidConfiguration(
          directory + " is no directory; name the directory of a store");
    }
    Map<String, String> configuration = new TreeMap<>();
    Path file = directory.resolve(EngineDirectory.OPTIONS);
    if (Files.exists(file)) {
      lines(file).forEach(line -> put(configuration, line));
    } else if (engine == null || isEmpty(directory)) {
      throw new StorageException.InvalidConfiguration(
          directory + " holds no store that says how it was opened; check the name");
    }
    options.forEach(option -> put(configuration, option));
    return configuration;
  }

  private static void put(Map<String, String> configuration, String line) {
    int equals = line.indexOf('=');
    if (line.startsWith("#") || line.isBlank()) {
      return;
    }
    if (equals < 1) {
      throw new StorageException.InvalidConfiguration(
          "the option '" + line + "' is not of the form KEY=VALUE");
    }
    configuration.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEmpty(Path folder) {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
