package dev.plinth.bench.oracle;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import java.nio.file.Path;
import java.util.List;

/// Provides the map in memory. Named on demand only, never part of a default matrix.
public final class OracleEngineProvider implements EngineProvider {
  /// Its name.
  public static final String NAME = "oracle";

  static final EngineTraits TRAITS =
      new EngineTraits(
          EngineTraits.KEY_BYTES_LIMIT,
          EngineTraits.VALUE_BYTES_LIMIT,
          Integer.MAX_VALUE,
          true,
          EngineTraits.CheckpointKind.COPIED,
          EngineTraits.LogOff.IGNORED,
          false);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "a sorted map on the Java heap that makes nothing durable: what a store cannot surpass";
  }

  /// True, so that nobody takes it for an engine that could be tested.
  @Override
  public boolean foreign() {
    return true;
  }

  @Override
  public List<OptionSpec> options() {
    return List.of();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return TRAITS;
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return new OracleEngine(directory, Runtime.getRuntime().maxMemory());
  }
}
