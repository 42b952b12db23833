package dev.plinth.cli;

import dev.plinth.conformance.lab.LabOptions;
import dev.plinth.conformance.lab.LabProfile;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.SpecRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `plinth lab`: proves engines by crashes, failing disks, histories, damage and kills.
@Command(
    name = "lab",
    description = {
      "Proves engines: crashes, failing disks, histories against a model, damage, kills, threads.",
      "Exit code 1 when something was violated; each violation comes with its replay command."
    },
    subcommands = {LabReplayCommand.class, LabTotalsCommand.class})
final class LabCommand implements Callable<Integer> {
  private static final int THREADS_MAX = 256;
  private static final long MINUTES_MAX = 100_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--engine",
      paramLabel = "A,B",
      split = ",",
      description = "Which engines or other subjects; all by default.")
  private List<String> engines = new ArrayList<>();

  @Option(
      names = "--option",
      paramLabel = "KEY=VALUE",
      description = "An option of the engines; the sets they name themselves by default.")
  private Map<String, String> options = new TreeMap<>();

  @Option(names = "--profile", paramLabel = "NAME", description = "quick, acceptance or soak.")
  private String profile = "quick";

  @Option(
      names = "--layers",
      paramLabel = "X,Y",
      split = ",",
      description = "history, crash, fault, damage, sequence, kill, concurrent; all by default.")
  private List<String> layers = new ArrayList<>();

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the first round.")
  private long seed = 1;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Keep counts and progress there, and go on where the last run ended.")
  private @Nullable Path state;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many rounds run at a time; one by default, 0 for one on each processor.")
  private int threads = 1;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "End then, whatever was reached; every layer of every subject has its share.")
  private @Nullable Long minutes;

  @Option(
      names = "--specs",
      description =
          "Check the TLA+ specifications instead: every spec, every mutant, traces of the code.")
  private boolean specs;

  @Override
  public Integer call() {
    if (specs) {
      return checkSpecs() ? 0 : 1;
    }
    Set<Layer> chosen = new LinkedHashSet<>();
    layers.forEach(layer -> chosen.add(Layer.of(layer)));
    LabOptions asked =
        new LabOptions(
            engines,
            options,
            LabProfile.of(profile),
            chosen,
            seed,
            state,
            threads(),
            time(),
            BuildFacts.ofThisJar().commit());
    return Laboratory.run(asked, System.out).isClean() ? 0 : 1;
  }

  private int threads() {
    if (threads < 0 || threads > THREADS_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--threads " + threads + ": 0 to " + THREADS_MAX + " is expected");
    }
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private @Nullable Duration time() {
    if (minutes != null && (minutes < 1 || minutes > MINUTES_MAX)) {
      throw new ParameterException(
          spec.commandLine(), "--minutes " + minutes + ": 1 to " + MINUTES_MAX + " is expected");
    }
    return minutes == null ? null : Duration.ofMinutes(minutes);
  }

  private boolean checkSpecs() {
    SpecRunner runner =
        ServiceLoader.load(SpecRunner.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "the specifications and TLC are not on the class path: start it as"
                            + " ./plinth lab --specs, or add the jars of spec/target/spec-lib"));
    return runner.run(System.out);
  }
}
