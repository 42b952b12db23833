package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StateDigest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator's commands on a store of an engine that the command line brings along.
final class OperatorCommandsTest {
  private static final Map<String, String> CONFIGURATION = Map.of(Engines.ENGINE_KEY, "bitcask");

  @TempDir Path folder;
  private Path store;
  private StateDigest digest;

  private record Outcome(int exit, String out, String err) {}

  @BeforeEach
  void makeStore() {
    store = folder.resolve("store");
    try (Engine engine = Engines.open(store, CONFIGURATION)) {
      for (int i = 0; i < 1_000; i++) {
        engine.put(bytes("key " + i), bytes("a rather remarkable value " + i), Durability.WRITTEN);
      }
      digest = engine.digest();
    }
  }

  @Test
  void aSoundStoreIsVerifiedCountedAndShown() {
    Outcome verified = plinth("verify", store.toString());
    assertEquals(0, verified.exit(), verified::err);
    assertTrue(verified.out().contains("1,000 live entries"), verified::out);
    assertEquals(digest + "\n", plinth("digest", store.toString()).out());
    assertTrue(plinth("stats", store.toString()).out().contains("sequence        1000"));
    Outcome dumped = plinth("dump", store.toString(), "--prefix", "key 99", "--limit", "2");
    assertEquals(
        """
        'key 99'  28  'a rather remarkable value 99'
        'key 990'  29  'a rather remarkable value 990'
        """,
        dumped.out());
  }

  @Test
  void aStoreInUseIsLeftAlone() {
    try (Engine engine = Engines.open(store, CONFIGURATION)) {
      refused("verify", store.toString());
      assertEquals(digest, engine.digest());
    }
  }

  @Test
  void aDamagedFileIsNamedAndNotChanged() throws IOException {
    Path largest;
    try (Stream<Path> files = Files.walk(store)) {
      largest = files.filter(file -> holds(file, "remarkable value 500")).findFirst().orElseThrow();
    }
    byte[] content = Files.readAllBytes(largest);
    content[indexOf(content, bytes("remarkable value 500"))] ^= 1;
    Files.write(largest, content);
    Outcome outcome = refused("verify", store.toString());
    assertTrue(outcome.err().contains(largest.getFileName().toString()), outcome::err);
    assertTrue(outcome.err().contains("damaged at offset"), outcome::err);
    assertTrue(Arrays.equals(content, Files.readAllBytes(largest)));
  }

  @Test
  void aDamagedIdentityIsNamed() throws IOException {
    Path identity = store.resolve("IDENTITY");
    byte[] content = Files.readAllBytes(identity);
    content[content.length / 2] ^= 1;
    Files.write(identity, content);
    assertTrue(refused("stats", store.toString()).err().contains("IDENTITY"));
  }

  private static Outcome refused(String... arguments) {
    Outcome outcome = plinth(arguments);
    assertEquals(1, outcome.exit(), outcome::toString);
    assertTrue(outcome.err().startsWith("plinth: "), outcome::err);
    assertEquals(1, outcome.err().lines().count(), outcome::err);
    assertFalse(outcome.err().contains("\tat "), outcome::err);
    return outcome;
  }

  private static boolean holds(Path file, String text) {
    try {
      return Files.isRegularFile(file) && indexOf(Files.readAllBytes(file), bytes(text)) >= 0;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int indexOf(byte[] content, byte[] part) {
    for (int at = 0; at + part.length <= content.length; at++) {
      if (Arrays.equals(content, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    return -1;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Outcome plinth(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Outcome(exit, out.toString(), err.toString());
  }
}
