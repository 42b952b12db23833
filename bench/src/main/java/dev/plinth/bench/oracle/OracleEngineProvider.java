package dev.plinth.bench.oracle;

import dev.plinth.bench.bound.BoundProvider;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import java.nio.file.Path;

/// Provides the map in memory.
public final class OracleEngineProvider extends BoundProvider {
  /// Its name.
  public static final String NAME = "oracle";

  /// For the service loader.
  public OracleEngineProvider() {
    super(
        NAME,
        "a sorted map on the Java heap that makes nothing durable: what a store cannot surpass");
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return new OracleEngine(directory, Runtime.getRuntime().maxMemory());
  }
}
