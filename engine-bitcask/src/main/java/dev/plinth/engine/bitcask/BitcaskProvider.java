package dev.plinth.engine.bitcask;

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

/// Makes [Bitcask](https://riak.com/assets/bitcask-intro.pdf) engines: append-only data files under
/// an off-heap hash index (Sheehy and Smith 2010).
public final class BitcaskProvider implements EngineProvider {
  static final String NAME = "bitcask";

  /// The version of its files on disk.
  static final int FORMAT_VERSION = 1;

  /// For [java.util.ServiceLoader].
  public BitcaskProvider() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "append-only data files under an off-heap hash index: fast point reads and writes, every"
        + " key costs about 16 bytes of memory";
  }

  @Override
  public List<OptionSpec> options() {
    return BitcaskOptions.specs();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return BitcaskOptions.of(options).traits();
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return BitcaskEngine.open(directory, options, environment);
  }

  @Override
  public Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return CostModel.predict(BitcaskOptions.of(options), shape, measured);
  }
}
