package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.Violation;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Starts a real process that writes to the real disk, kills it at a random moment with `SIGKILL`,
/// opens what it left, and checks that everything acknowledged is there.
///
/// One store lives through all kills of a round. A point is the number of kills.
final class KillLayer implements LayerRunner {
  private static final int START_SECONDS_MAX = 60;

  private final int kills;

  KillLayer(int kills) {
    this.kills = kills;
  }

  @Override
  public Layer layer() {
    return Layer.KILL;
  }

  @Override
  public void round(Round round, long seed) {
    try {
      run(round, seed, kills);
    } catch (AssertionError e) {
      round.fail(Layer.KILL, seed, Integer.toString(kills), e);
    }
  }

  @Override
  public void replay(Round round, long seed, String point) {
    run(round, seed, Integer.parseInt(point));
  }

  private static void run(Round round, long seed, int count) {
    Path folder = null;
    try {
      folder = Files.createTempDirectory("plinth-kill");
      SplittableRandom random = new SplittableRandom(seed);
      Subject.KillTrial trial = round.subject().killTrial(seed);
      for (int i = 0; i < count && !round.ended().getAsBoolean(); i++) {
        round.pulse().beat("kill seed " + seed + " number " + i);
        List<String> lines = kill(trial, folder, i, random.nextInt(400));
        round.pulse().beat("kill seed " + seed + " number " + i + ", checking");
        round.tally().add("acknowledgements checked", trial.check(folder, i, lines));
        round.tally().add("kills", 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (folder != null) {
        delete(folder);
      }
    }
  }

  /// Starts the child, lets it acknowledge for some milliseconds, and kills it.
  private static List<String> kill(Subject.KillTrial trial, Path folder, int number, int millis)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), trial.childClass()));
    command.addAll(trial.childArguments(folder, number));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new java.io.InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String first = reader.readLine();
      while (first != null && !first.startsWith(Subject.KillTrial.ACKNOWLEDGED)) {
        first = reader.readLine(); // a warning of the virtual machine
      }
      if (first == null) {
        throw new Violation("D9", "the writing process ended before its first acknowledgement");
      }
      lines.add(first);
      Thread killer = Thread.ofPlatform().daemon().start(() -> killLater(process, millis));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
      killer.join();
      if (!process.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new Violation("SPI", "the killed process does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
    return lines;
  }

  /// Kills through the handle: [Process#destroyForcibly] would close the stream that is being read.
  private static void killLater(Process process, int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.toHandle().destroyForcibly();
  }

  private static void delete(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
