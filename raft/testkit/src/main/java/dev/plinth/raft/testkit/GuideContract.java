package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The code in an adapter's guide is the code that its tests run. Extended in the tests' package.
public abstract class GuideContract {
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINES = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);

  private final String name;
  private final int pieces;

  /// @param name the guide's file in docs/guides
  /// @param pieces how many pieces of code it has
  protected GuideContract(String name, int pieces) {
    this.name = name;
    this.pieces = pieces;
  }

  @Test
  final void everyPieceOfCodeInTheGuideIsRun() throws IOException {
    Path module = Path.of("").toAbsolutePath();
    String guide = Files.readString(module.resolve("../../docs/guides").resolve(name));
    String folder = "src/test/java/" + getClass().getPackageName().replace('.', '/');
    List<String> sources;
    try (Stream<Path> files = Files.list(module.resolve(folder))) {
      sources = files.map(GuideContract::text).toList();
    }
    Matcher matcher = CODE.matcher(guide);
    int found = 0;
    while (matcher.find()) {
      String piece = matcher.group(1);
      assertTrue(
          sources.stream().anyMatch(source -> source.contains(piece)),
          () -> "no test holds this piece of the guide:\n" + piece);
      found++;
    }
    assertEquals(pieces, found);
  }

  /// The lines of a configuration in the guide for any library.
  static Map<String, String> storageLines() throws IOException {
    Path folder = Path.of("").toAbsolutePath().resolve("../../docs/guides");
    Matcher matcher =
        LINES.matcher(Files.readString(folder.resolve("plug-into-a-raft-library.md")));
    assertTrue(matcher.find(), "the guide has no lines of configuration");
    Properties lines = new Properties();
    lines.load(new StringReader(matcher.group(1)));
    Map<String, String> found = new TreeMap<>();
    lines.stringPropertyNames().forEach(name -> found.put(name, lines.getProperty(name)));
    assertEquals(Set.of("log.engine", "state.engine", "state.wal"), found.keySet());
    return found;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
