package dev.plinth.engine.btree;

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

/// Makes copy-on-write B-trees: the engine `btree`.
public final class BtreeProvider implements EngineProvider {
  /// The engine's name in configuration.
  public static final String NAME = "btree";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "copy-on-write B+tree: fast reads and scans, small files, few writes when commits are"
        + " large";
  }

  @Override
  public List<OptionSpec> options() {
    return BtreeOptions.specs();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return BtreeOptions.of(options).traits();
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return Opening.open(directory, options, environment, Space::new);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return CostModel.predict(BtreeOptions.of(options), shape, measured);
  }
}
