package dev.plinth.bench.memory;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;
import java.nio.file.Path;
import java.util.List;

/**
 * A sorted map on the heap that appends every write to one file: an engine to test the bench by.
 */
public final class MapEngineProvider implements EngineProvider {
  static final EngineTraits TRAITS =
      new EngineTraits(
          1 << 10,
          1 << 20,
          1 << 24,
          true,
          EngineTraits.CheckpointKind.COPIED,
          EngineTraits.LogOff.IGNORED,
          false);

  @Override
  public String name() {
    return "map";
  }

  @Override
  public String description() {
    return "a sorted map on the heap with a log, for tests of the bench";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of(
        OptionSpec.toggle("forgetful", false, "loses every hundredth put, to be found out"),
        OptionSpec.toggle("crashing", false, "ends the process at the first put"),
        OptionSpec.toggle("buffering", false, "writes nothing before it is closed"),
        OptionSpec.toggle("slow", false, "waits a fifth of a millisecond at each put"),
        OptionSpec.toggle("refusing", false, "refuses every cursor as unsupported"));
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return TRAITS;
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return new MapEngine(directory, options);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return new Prediction(1 + 8.0 / (shape.keyBytes() + shape.valueBytes()), 1, 1.1);
  }
}
