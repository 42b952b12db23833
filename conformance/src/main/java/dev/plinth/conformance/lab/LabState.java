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
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Counts and progress in a file of properties, `SUBJECT/NAME = NUMBER`, replaced as a whole. Any
/// thread may call every method.
final class LabState {
  private static final String COUNT = "count ";
  private static final String COMMIT = "rounds of commit ";

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

  synchronized long get(String subject, String name) {
    return numbers.getOrDefault(subject + "/" + name, 0L);
  }

  /// A number that nobody got before, from 0 on. It is in the file with the next [#save], so that a
  /// round that is cut off is neither counted nor run again.
  ///
  /// @return -1 when all below the limit are taken
  synchronized long next(String subject, String name, long limit) {
    long number = get(subject, name);
    if (number >= limit) {
      return -1;
    }
    numbers.put(subject + "/" + name, number + 1);
    return number;
  }

  /// The counts of earlier rounds by subject, then by what was counted.
  synchronized SortedMap<String, SortedMap<String, Long>> counts() {
    return named(COUNT);
  }

  /// How many rounds each commit has run, by subject, then by commit.
  synchronized SortedMap<String, SortedMap<String, Long>> commits() {
    return named(COMMIT);
  }

  private SortedMap<String, SortedMap<String, Long>> named(String kind) {
    SortedMap<String, SortedMap<String, Long>> found = new TreeMap<>();
    numbers.forEach(
        (key, number) -> {
          int slash = key.lastIndexOf("/" + kind);
          if (slash >= 0) {
            found
                .computeIfAbsent(key.substring(0, slash), _ -> new TreeMap<>())
                .put(key.substring(slash + 1 + kind.length()), number);
          }
        });
    return found;
  }

  /// Fills a tally with the counts of earlier rounds.
  synchronized Tally tally(String subject) {
    Tally tally = new Tally();
    counts().getOrDefault(subject, new TreeMap<>()).forEach(tally::add);
    return tally;
  }

  /// Adds a round that has ended and writes the file.
  ///
  /// @param round what was counted in it
  /// @param commit what was tried
  synchronized void save(String subject, Tally round, String commit) {
    round.counts().forEach((what, more) -> add(subject, COUNT + what, more));
    add(subject, COMMIT + commit, 1);
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

  private void add(String subject, String name, long more) {
    numbers.merge(subject + "/" + name, more, Long::sum);
  }
}
