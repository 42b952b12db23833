package dev.plinth.engine.tiered;

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

/// Makes tiered LSM engines: `engine = lsm-tiered`.
public final class TieredProvider implements EngineProvider {
  private static final String NAME = "lsm-tiered";
  private static final int BATCH_BYTES_MAX = 256 << 20;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "LSM tree, tiered: least write amplification, more space and more runs to read";
  }

  @Override
  public List<OptionSpec> options() {
    return TieredOptions.SPECS;
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
    TieredOptions own = TieredOptions.of(options);
    return LsmOpening.open(
        NAME, directory, options, own.tree(), traits(options), own.policy(), environment);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return TieredModel.predict(TieredOptions.of(options), shape);
  }
}
