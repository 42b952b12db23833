package dev.plinth.engine.leveled;

import dev.plinth.lsm.LsmOpening;
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

/// Makes leveled LSM engines: `engine = lsm-leveled`.
public final class LeveledProvider implements EngineProvider {
  private static final String NAME = "lsm-leveled";
  private static final int BATCH_BYTES_MAX = 256 << 20;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "LSM tree, leveled: little space, few runs to read, moderate write amplification";
  }

  @Override
  public List<OptionSpec> options() {
    return LeveledOptions.SPECS;
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        EngineTraits.KEY_BYTES_LIMIT,
        EngineTraits.VALUE_BYTES_LIMIT,
        BATCH_BYTES_MAX,
        true,
        EngineTraits.CheckpointKind.LINKED,
        EngineTraits.LogOff.NO_LOG,
        false);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    LeveledOptions own = LeveledOptions.of(options);
    return LsmOpening.open(
        NAME, directory, options, own.tree(), traits(options), own.policy(), environment);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return LeveledModel.predict(LeveledOptions.of(options), shape);
  }
}
