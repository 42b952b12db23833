package dev.plinth.cli.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JavaHomesTest {
  @TempDir Path folder;

  @Test
  void readsTheFeatureReleaseFromTheReleaseFile() throws IOException {
    assertEquals(25, JavaHomes.featureOf(home("a", "JAVA_VERSION=\"25.0.3\"\n")));
    assertEquals(26, JavaHomes.featureOf(home("b", "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"26-ea\"\n")));
    assertEquals(17, JavaHomes.featureOf(home("c", "JAVA_VERSION=17.0.15\n")));
    assertEquals(1, JavaHomes.featureOf(home("d", "JAVA_VERSION=\"1.8.0_402\"\n")));
  }

  @Test
  void anUnreadableVersionCountsAsNone() throws IOException {
    assertEquals(0, JavaHomes.featureOf(home("a", "")));
    assertEquals(0, JavaHomes.featureOf(home("b", "JAVA_VERSION=\"unknown\"\n")));
    assertEquals(0, JavaHomes.featureOf(home("c", "JAVA_VERSION=\"99999999999\"\n")));
    assertEquals(0, JavaHomes.featureOf(folder.resolve("absent").toFile()));
  }

  @Test
  void takesTheFirstHomeThatIsNewEnough() throws IOException {
    File old = home("old", "JAVA_VERSION=\"17.0.1\"\n");
    File good = home("good", "JAVA_VERSION=\"25\"\n");
    File newer = home("newer", "JAVA_VERSION=\"27\"\n");
    JavaHomes homes = new JavaHomes(List.of(old, good, newer));
    assertEquals(new File(good, "bin/java"), homes.javaAtLeast(25));
    assertEquals(new File(newer, "bin/java"), homes.javaAtLeast(26));
    assertNull(homes.javaAtLeast(28));
  }

  @Test
  void theEnvironmentComesBeforeTheUsualFolders() throws IOException {
    File named = home("named", "JAVA_VERSION=\"25\"\n");
    File usual = home("user/.jdks/usual", "JAVA_VERSION=\"25\"\n");
    File onPath = home("path", "JAVA_VERSION=\"25\"\n");
    List<File> homes =
        JavaHomes.candidates(
            Map.of("JAVA_HOME", named.getPath(), "PATH", onPath + "/bin"),
            folder.resolve("user").toString());
    assertEquals(named, homes.getFirst());
    assertEquals(onPath.getCanonicalFile(), homes.get(1));
    assertTrue(homes.contains(usual), homes::toString);
  }

  @Test
  void theOtherJavaGetsTheSameArguments() {
    List<String> command = Main.command(new File("/jdk/bin/java"), new String[] {"bench", "a b"});
    assertEquals("/jdk/bin/java", command.getFirst());
    assertEquals(List.of("dev.plinth.cli.Main", "bench", "a b"), command.subList(5, 8));
  }

  private File home(String name, String release) throws IOException {
    Path home = folder.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), release);
    Path java = Files.createFile(home.resolve("bin/java"));
    assertTrue(java.toFile().setExecutable(true));
    return home.toFile();
  }
}
