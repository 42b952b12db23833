package dev.plinth.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// A working folder with the specifications, for TLC, which reads files only; deleted on close.
final class SpecificationFiles implements AutoCloseable {
  private static final String ROOT = "/dev/plinth/spec/tla";

  private final Path folder;
  private final List<Specification> specifications = new ArrayList<>();

  SpecificationFiles() {
    try {
      folder = Files.createTempDirectory("plinth-spec");
      URI uri = Objects.requireNonNull(SpecificationFiles.class.getResource(ROOT), ROOT).toURI();
      if (uri.getScheme().equals("jar")) {
        try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
          copy(jar.getPath(ROOT));
        }
      } else {
        copy(Path.of(uri));
      }
      for (String name : names(folder, "")) {
        Path own = folder.resolve(name);
        specifications.add(new Specification(name, own, names(own.resolve("mutants"), ".cfg")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the specifications cannot be unpacked", e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// All of them, by name.
  List<Specification> all() {
    return List.copyOf(specifications);
  }

  /// The one of a name.
  Specification named(String name) {
    return specifications.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private void copy(Path from) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path to = folder.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to);
        }
      }
    }
  }

  private static List<String> names(Path folder, String suffix) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(suffix))
          .map(name -> name.substring(0, name.length() - suffix.length()))
          .sorted()
          .toList();
    }
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.getLogger("dev.plinth").log(System.Logger.Level.WARNING, folder + " stays", e);
    }
  }
}
