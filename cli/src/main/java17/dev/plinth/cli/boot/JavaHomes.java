package dev.plinth.cli.boot;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The places where a Java may be installed: those that the environment names, then the usual
 * folders. Nothing is started to learn a version; the file `release` tells it.
 */
final class JavaHomes {
  /** How to get a Java that is new enough. */
  static final String ADVICE =
      "install a JDK 25 (https://adoptium.net, a package such as openjdk-25-jdk, or SDKMAN)"
          + " and set PLINTH_JAVA_HOME or JAVA_HOME to its folder";

  /** Folders that hold one Java each below them; `~` is the user's home. */
  private static final List<String> PARENTS =
      List.of(
          "/usr/lib/jvm",
          "/usr/java",
          "/usr/local/java",
          "/opt",
          "/opt/java",
          "~/.sdkman/candidates/java",
          "~/.jdks",
          "~/.gradle/jdks",
          "~/.asdf/installs/java",
          "~/.local/share/mise/installs/java",
          "/Library/Java/JavaVirtualMachines",
          "~/Library/Java/JavaVirtualMachines");

  private final List<File> homes;

  JavaHomes(List<File> homes) {
    this.homes = List.copyOf(homes);
  }

  static JavaHomes ofThisMachine() {
    return new JavaHomes(candidates(System.getenv(), System.getProperty("user.home", "")));
  }

  /** Every folder worth a look, in the order of preference. */
  static List<File> candidates(Map<String, String> environment, String userHome) {
    List<File> homes = new ArrayList<>();
    for (String variable : List.of("PLINTH_JAVA_HOME", "JAVA_HOME")) {
      String value = environment.get(variable);
      if (value != null && !value.isEmpty()) {
        homes.add(new File(value));
      }
    }
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      File java = new File(folder, "java");
      if (!folder.isEmpty() && java.canExecute()) {
        homes.add(homeOf(java));
      }
    }
    for (String parent : PARENTS) {
      File[] children = new File(parent.replaceFirst("^~", userHome)).listFiles();
      for (File child : children == null ? new File[0] : children) {
        homes.add(child);
        homes.add(new File(child, "Contents/Home"));
      }
    }
    return homes;
  }

  /** The first `java` whose version is at least this one, or null. */
  @Nullable File javaAtLeast(int feature) {
    for (File home : homes) {
      File java = new File(home, "bin/java");
      if (java.canExecute() && featureOf(home) >= feature) {
        return java;
      }
    }
    return null;
  }

  /** The feature release in the file `release` of a Java's folder, or 0 where it tells none. */
  static int featureOf(File home) {
    File release = new File(home, "release");
    if (!release.isFile()) {
      return 0;
    }
    try (BufferedReader lines = Files.newBufferedReader(release.toPath(), StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("JAVA_VERSION=")) {
          return feature(line.substring("JAVA_VERSION=".length()).replace("\"", ""));
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }

  private static int feature(String version) {
    int end = 0;
    while (end < version.length() && Character.isDigit(version.charAt(end))) {
      end++;
    }
    return end == 0 || end > 4 ? 0 : Integer.parseInt(version.substring(0, end));
  }

  private static File homeOf(File java) {
    File real = java;
    try {
      real = java.getCanonicalFile();
    } catch (IOException e) {
      real = java.getAbsoluteFile();
    }
    File bin = real.getParentFile();
    File home = bin == null ? null : bin.getParentFile();
    return home == null ? real : home;
  }
}
