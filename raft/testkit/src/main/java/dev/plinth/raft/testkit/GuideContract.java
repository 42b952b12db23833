package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The code in an adapter's guide is the code that its tests run. Extended in the tests' package.
public abstract class GuideContract {
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

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

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
