import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;

/// Checks or rewrites the format of every Java file below a folder, in one JVM.
///
/// Usage: `java @flags -cp google-java-format-all-deps.jar Format.java check|write PATH...`. A path
/// is a file or a folder. Exit 1 names the files that differ.
final class Format {
  private static final Set<String> SKIPPED = Set.of("target", ".git", "node_modules");

  public static void main(String[] args) throws IOException {
    List<String> options = new ArrayList<>();
    switch (args[0]) {
      case "check" -> options.addAll(List.of("--dry-run", "--set-exit-if-changed"));
      case "write" -> options.add("--replace");
      default -> throw new IllegalArgumentException("check or write, not " + args[0]);
    }
    List<String> files = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      collect(Path.of(args[i]), files);
    }
    if (files.isEmpty()) {
      return;
    }
    System.err.printf("format: %s %d files%n", args[0], files.size());
    options.addAll(files);
    ToolProvider formatter = ToolProvider.findFirst("google-java-format").orElseThrow();
    int exit = formatter.run(System.out, System.err, options.toArray(String[]::new));
    if (exit != 0 && args[0].equals("check")) {
      System.err.println("format: the files named above differ; run .mvn/format/run to rewrite");
    }
    System.exit(exit);
  }

  private static void collect(Path start, List<String> files) throws IOException {
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            Path name = folder.getFileName();
            return name != null && SKIPPED.contains(name.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              files.add(file.toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
