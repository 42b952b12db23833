package dev.plinth.bench.noop;

import dev.plinth.bench.bound.BoundProvider;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import java.nio.file.Path;

/// Provides the engine that does nothing.
public final class NoopEngineProvider extends BoundProvider {
  /// Its name.
  public static final String NAME = "noop";

  /// For the service loader.
  public NoopEngineProvider() {
    super(NAME, "does nothing and keeps nothing: shows what the bench itself costs");
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    directory.toFile().mkdirs();
    return new NoopEngine();
  }
}
