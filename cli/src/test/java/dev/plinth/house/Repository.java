package dev.plinth.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The files of the repository that the house rules are checked on.
public final class Repository {
  private static final Set<String> NOT_OURS = Set.of("target", ".git", "node_modules", ".idea");
  private static final Path TEST_CLASSES = testClasses();
  private static final Path CLI = moduleOf(TEST_CLASSES);

  private Repository() {}

  /// The folder of the parent POM.
  public static Path root() {
    return CLI.getParent();
  }

  /// The folders that hold a POM, the root's own and those of the examples left out.
  static List<Path> modules() {
    return files(root(), "pom.xml").stream()
        .map(Path::getParent)
        .filter(folder -> !folder.equals(root()) && !isExample(folder))
        .toList();
  }

  /// Whether it is part of a project of its own that only uses what is published here.
  static boolean isExample(Path path) {
    return path.startsWith(root().resolve("examples"));
  }

  /// Every Java file, generated ones left out.
  static List<Path> javaFiles() {
    return files(root(), ".java");
  }

  /// Where this build puts a module's classes.
  static Path classes(Path module) {
    return module.resolve(CLI.relativize(TEST_CLASSES)).resolveSibling("classes");
  }

  /// All files below a folder whose names end so, sorted.
  static List<Path> files(Path folder, String ending) {
    List<Path> found = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              return NOT_OURS.contains(path.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              if (path.toString().endsWith(ending)) {
                found.add(path);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    found.sort(null);
    return found;
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The path of a file as the repository knows it, with slashes.
  static String name(Path file) {
    return root().relativize(file).toString().replace('\\', '/');
  }

  private static Path testClasses() {
    try {
      return Path.of(Repository.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path moduleOf(Path folder) {
    Path module = folder;
    while (!Files.exists(module.resolve("pom.xml"))) {
      module = module.getParent();
    }
    return module;
  }
}
