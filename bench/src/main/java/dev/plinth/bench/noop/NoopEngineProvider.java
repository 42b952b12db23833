package dev.plinth.bench.noop;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import java.nio.file.Path;
import java.util.List;

/// Provides the engine that does nothing. Named on demand only, never part of a default matrix.
public final class NoopEngineProvider implements EngineProvider {
  /// Its name.
  public static final String NAME = "noop";

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
    return "does nothing and keeps nothing: shows what the bench itself costs";
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
    directory.toFile().mkdirs();
    return new NoopEngine();
  }
}
