package dev.plinth.conformance.lab;

import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Counts and progress in a file of properties, `SUBJECT/NAME = NUMBER`, replaced as a whole.
final class LabState {
  private final @Nullable Path file;
  private final TreeMap<String, Long> numbers = new TreeMap<>();

  /// @param file null to keep nothing
  LabState(@Nullable Path file) {
    this.file = file;
    if (file != null && Files.exists(file)) {
      read(file);
    }
  }

  private void read(Path existing) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(existing, StandardCharsets.UTF_8)) {
      properties.load(reader);
      for (String name : properties.stringPropertyNames()) {
        numbers.put(name, Long.parseLong(properties.getProperty(name).strip()));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new StorageException.InvalidConfiguration(
          existing + " is no state file of the laboratory (" + e + "); name another or delete it");
    }
  }

  long get(String subject, String name) {
    return numbers.getOrDefault(subject + "/" + name, 0L);
  }

  void put(String subject, String name, long number) {
    numbers.put(subject + "/" + name, number);
  }

  /// Fills a tally with the counts of earlier runs.
  Tally tally(String subject) {
    Tally tally = new Tally();
    String prefix = subject + "/count ";
    for (String key : numbers.keySet()) {
      if (key.startsWith(prefix)) {
        tally.add(key.substring(prefix.length()), numbers.getOrDefault(key, 0L));
      }
    }
    return tally;
  }

  void save(String subject, Tally tally) {
    tally.counts().forEach((what, count) -> put(subject, "count " + what, count));
    if (file == null) {
      return;
    }
    Properties properties = new Properties();
    numbers.forEach((name, number) -> properties.setProperty(name, Long.toString(number)));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      try (Writer writer = Files.newBufferedWriter(fresh, StandardCharsets.UTF_8)) {
        properties.store(writer, "plinth lab: counts and progress");
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new StorageException.Io(
          file + ": the laboratory cannot keep its state; name another file with --state", e);
    }
  }
}
