package dev.plinth.raft.jraft;

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

/// The code in the guide is the code that the tests run.
final class GuideTest {
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void everyPieceOfCodeInTheGuideIsRun() throws IOException {
    Path module = Path.of("").toAbsolutePath();
    String guide =
        Files.readString(module.resolve("../../docs/guides/plug-into-a-raft-library.md"));
    List<String> sources;
    try (Stream<Path> files = Files.list(module.resolve("src/test/java/dev/plinth/raft/jraft"))) {
      sources = files.map(GuideTest::text).toList();
    }
    Matcher matcher = CODE.matcher(guide);
    int pieces = 0;
    while (matcher.find()) {
      String piece = matcher.group(1);
      assertTrue(
          sources.stream().anyMatch(source -> source.contains(piece)),
          () -> "no test holds this piece of the guide:\n" + piece);
      pieces++;
    }
    assertEquals(3, pieces);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
