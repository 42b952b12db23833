package dev.plinth.bench.plan;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;

/// A matrix file: a `.properties` file with the names of [Setting] as keys, and engine options as
/// `option.ENGINE.KEY`.
///
/// @param settings what it sets
/// @param options option texts by engine and name
public record MatrixFile(
    Map<Setting, String> settings, Map<String, SortedMap<String, String>> options) {
  private static final String OPTION = "option.";

  /// Reads one.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown key, naming the nearest
  public static MatrixFile read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException("the matrix file cannot be read: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new StorageException.InvalidConfiguration(file + ": " + e.getMessage());
    }
    Map<Setting, String> settings = new EnumMap<>(Setting.class);
    Map<String, SortedMap<String, String>> options = new TreeMap<>();
    for (String key : properties.stringPropertyNames()) {
      String value = properties.getProperty(key);
      if (key.startsWith(OPTION)) {
        addOption(options, key.substring(OPTION.length()) + "=" + value);
      } else {
        settings.put(setting(file, key), value);
      }
    }
    return new MatrixFile(settings, options);
  }

  /// Adds an engine's option, written `ENGINE.KEY=VALUE`.
  ///
  /// @throws StorageException.InvalidConfiguration when it is not written so
  public static void addOption(Map<String, SortedMap<String, String>> options, String text) {
    int equals = text.indexOf('=');
    int dot = text.indexOf('.');
    if (dot < 1 || equals < dot + 2) {
      throw new StorageException.InvalidConfiguration(
          "the option '" + text + "' is not of the form ENGINE.KEY=VALUE");
    }
    options
        .computeIfAbsent(text.substring(0, dot).strip(), _ -> new TreeMap<>())
        .put(text.substring(dot + 1, equals).strip(), text.substring(equals + 1).strip());
  }

  private static Setting setting(Path file, String key) {
    return Setting.find(key)
        .orElseThrow(
            () -> {
              List<String> known =
                  new ArrayList<>(Arrays.stream(Setting.values()).map(Setting::label).toList());
              known.add(OPTION + "ENGINE.KEY");
              return new StorageException.InvalidConfiguration(
                  file + ": " + Names.unknown("key", key, known));
            });
  }
}
