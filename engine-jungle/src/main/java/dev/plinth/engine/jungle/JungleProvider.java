package dev.plinth.engine.jungle;

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

/// Makes Jungle engines: `engine = jungle`.
public final class JungleProvider implements EngineProvider {
  static final String NAME = "jungle";
  private static final int KEY_BYTES_MAX = 16 << 10;
  private static final int BATCH_BYTES_MAX = 256 << 20;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "levels of append-only B+trees: few bytes written, one tree to search in each level,"
        + " space traded by one knob";
  }

  @Override
  public List<OptionSpec> options() {
    return JungleOptions.SPECS;
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        KEY_BYTES_MAX,
        EngineTraits.VALUE_BYTES_LIMIT,
        BATCH_BYTES_MAX,
        true,
        EngineTraits.CheckpointKind.LINKED,
        EngineTraits.LogOff.NO_LOG,
        true);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    JungleOptions own = JungleOptions.of(options);
    return JungleOpening.open(NAME, directory, options, own, traits(options), environment);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return JungleModel.predict(JungleOptions.of(options), shape);
  }
}
