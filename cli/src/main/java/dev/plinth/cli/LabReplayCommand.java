package dev.plinth.cli;

import dev.plinth.conformance.lab.LabSubjects;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Subject;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `plinth lab replay`: one case again, as a violation printed it.
@Command(name = "replay", description = "Runs one case again, as a violation printed it.")
final class LabReplayCommand implements Callable<Integer> {
  @Option(names = "--engine", paramLabel = "NAME", required = true, description = "The subject.")
  private String engine;

  @Option(names = "--option", paramLabel = "KEY=VALUE", description = "An option of the engine.")
  private Map<String, String> options = new TreeMap<>();

  @Option(names = "--layer", paramLabel = "NAME", required = true, description = "The layer.")
  private String layer;

  @Option(names = "--seed", paramLabel = "S", required = true, description = "The round's seed.")
  private long seed;

  @Option(names = "--point", paramLabel = "P", required = true, description = "The case.")
  private String point;

  @Override
  public Integer call() {
    boolean violated = false;
    for (Subject subject : LabSubjects.of(engine, options)) {
      violated |= Laboratory.replay(subject, Layer.of(layer), seed, point, System.out);
    }
    return violated ? 1 : 0;
  }
}
