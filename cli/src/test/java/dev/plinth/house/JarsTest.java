package dev.plinth.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the modules' jars say about themselves: a module name, and service files whose providers
/// exist and load.
final class JarsTest {
  private static final Pattern MODULE_NAME =
      Pattern.compile("<module\\.name>([^<]+)</module\\.name>");
  private static final Pattern VERSION =
      Pattern.compile("<artifactId>plinth-parent</artifactId>\\s*(<version>[^<]+</version>)");
  private static final Pattern ARTIFACT =
      Pattern.compile("</parent>\\s*(<artifactId>[^<]+</artifactId>)");

  /// What is no library: programs, and what measures or specifies.
  private static final Set<String> NOT_PUBLISHED =
      Set.of("bench", "cli", "peers", "raft/bench", "spec");

  @Test
  void everyModuleWithClassesNamesItself() {
    Set<String> names = new HashSet<>();
    for (Path module : Repository.modules()) {
      if (!Files.isDirectory(module.resolve("src/main/java"))) {
        continue;
      }
      String name = moduleName(module);
      assertTrue(names.add(name), () -> "two modules are named " + name);
      assertTrue(
          Files.isDirectory(module.resolve("src/main/java").resolve(name.replace('.', '/'))),
          () -> Repository.name(module) + " has no package " + name);
    }
    assertFalse(names.isEmpty());
  }

  /// In `mvn verify` the modules below are jars by now; in `mvn test` they are folders, without a
  /// manifest.
  @Test
  void theJarsCarryTheirModuleNames() throws IOException {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path file = Path.of(entry);
      if (entry.endsWith(".jar") && file.getFileName().toString().startsWith("plinth-")) {
        try (JarFile jar = new JarFile(file.toFile())) {
          String name = jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name");
          assertTrue(name != null && name.startsWith("dev.plinth."), () -> entry + ": " + name);
          assertTrue(jar.getEntry(name.replace('.', '/') + "/") != null, () -> entry + ": " + name);
        }
      }
    }
  }

  @Test
  void everyProviderInAServiceFileLoads() throws ReflectiveOperationException {
    List<String> wrong = new ArrayList<>();
    for (Path module : Repository.modules()) {
      Path services = module.resolve("src/main/resources/META-INF/services");
      if (Files.isDirectory(services)) {
        for (Path file : Repository.files(services, "")) {
          for (String provider : providers(file)) {
            if (!hasSource(module, provider)) {
              wrong.add(Repository.name(file) + ": no source of " + provider);
            } else if (Files.isDirectory(Repository.classes(module)) && isOnClassPath(provider)) {
              Class<?> service = Class.forName(file.getFileName().toString());
              Object instance = Class.forName(provider).getConstructor().newInstance();
              assertTrue(service.isInstance(instance), provider);
            }
          }
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void theBillOfMaterialsNamesEveryLibrary() {
    String root = Repository.text(Repository.root().resolve("pom.xml"));
    Matcher version = VERSION.matcher(root);
    assertTrue(version.find());
    String bill = Repository.text(Repository.root().resolve("bom/pom.xml"));
    assertTrue(bill.contains(version.group(1)), version.group(1));
    for (Path module : Repository.modules()) {
      if (Files.isDirectory(module.resolve("src/main/java"))) {
        Matcher artifact = ARTIFACT.matcher(Repository.text(module.resolve("pom.xml")));
        assertTrue(artifact.find());
        assertEquals(
            !NOT_PUBLISHED.contains(Repository.name(module)),
            bill.contains(artifact.group(1)),
            Repository.name(module));
      }
    }
  }

  private static boolean hasSource(Path module, String provider) {
    return Files.isRegularFile(
        module.resolve("src/main/java").resolve(provider.replace('.', '/') + ".java"));
  }

  /// Modules that the command line does not carry (the peers) load their providers in their own
  /// tests.
  private static boolean isOnClassPath(String provider) {
    return JarsTest.class.getClassLoader().getResource(provider.replace('.', '/') + ".class")
        != null;
  }

  private static List<String> providers(Path serviceFile) {
    return Repository.lines(serviceFile).stream()
        .map(line -> line.replaceFirst("#.*", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }

  private static String moduleName(Path module) {
    Matcher matcher = MODULE_NAME.matcher(Repository.text(module.resolve("pom.xml")));
    assertTrue(matcher.find(), () -> Repository.name(module) + "/pom.xml sets no module.name");
    return matcher.group(1);
  }
}
