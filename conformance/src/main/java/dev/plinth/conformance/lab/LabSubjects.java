package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/// Finds what can be tried.
public final class LabSubjects {
  private LabSubjects() {}

  /// The names of all engines and other subjects on the class path.
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    for (String engine : Engines.names()) {
      if (!Engines.provider(engine).foreign()) {
        names.add(engine);
      }
    }
    for (LabSubjectProvider provider : ServiceLoader.load(LabSubjectProvider.class)) {
      provider.subjects().forEach(subject -> names.add(subject.name()));
    }
    return names.stream().distinct().toList();
  }

  /// The subjects of a name: one, or for an engine one for each of its option sets.
  ///
  /// @param options for an engine; empty for the sets it names itself
  /// @throws StorageException.InvalidConfiguration for an unknown name
  public static List<Subject> of(String name, Map<String, String> options) {
    List<Subject> found = new ArrayList<>();
    for (LabSubjectProvider provider : ServiceLoader.load(LabSubjectProvider.class)) {
      provider.subjects().stream().filter(s -> s.name().equals(name)).forEach(found::add);
    }
    if (!found.isEmpty()) {
      return found;
    }
    if (!Engines.names().contains(name)) {
      throw new StorageException.InvalidConfiguration(
          Names.unknown("subject of the laboratory", name, names()));
    }
    EngineProvider provider = Engines.provider(name);
    List<Map<String, String>> sets = options.isEmpty() ? optionSets(provider) : List.of(options);
    for (Map<String, String> set : sets) {
      found.add(new EngineSubject(new EngineUnderTest(provider, set), true));
    }
    return found;
  }

  /// The option sets that an engine wants to be tried with: the properties file
  /// `/META-INF/plinth/lab/NAME.properties` beside its provider, whose keys are `SET/OPTION`. One
  /// set without options when there is no such file.
  public static List<Map<String, String>> optionSets(EngineProvider provider) {
    return List.copyOf(namedOptionSets(provider).values());
  }

  /// The same by their names; `defaults` when there is no such file.
  public static SortedMap<String, Map<String, String>> namedOptionSets(EngineProvider provider) {
    String resource = "/META-INF/plinth/lab/" + provider.name() + ".properties";
    SortedMap<String, Map<String, String>> sets = new TreeMap<>();
    try (InputStream in = provider.getClass().getResourceAsStream(resource)) {
      if (in == null) {
        sets.put("defaults", Map.of());
        return sets;
      }
      Properties properties = new Properties();
      properties.load(in);
      for (String key : properties.stringPropertyNames()) {
        int slash = key.indexOf('/');
        if (slash < 0) {
          throw new StorageException.InvalidConfiguration(
              resource + ": " + key + ": a key has the form SET/OPTION");
        }
        sets.computeIfAbsent(key.substring(0, slash), _ -> new TreeMap<>())
            .put(key.substring(slash + 1), properties.getProperty(key));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sets;
  }
}
