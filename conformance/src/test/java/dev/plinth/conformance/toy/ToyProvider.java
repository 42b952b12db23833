package dev.plinth.conformance.toy;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Makes toy engines; tests give it other makers to seed bugs.
public record ToyProvider(Maker maker) implements EngineProvider {
  /// The honest one.
  public ToyProvider() {
    this(ToyEngine::new);
  }

  /// Opens an engine.
  public interface Maker {
    /// See [ToyEngine].
    Engine open(Disk disk, Path directory, EngineTraits traits, boolean logged);
  }

  @Override
  public String name() {
    return "toy";
  }

  @Override
  public String description() {
    return "a map in memory with a log: for testing the laboratory";
  }

  @Override
  public List<OptionSpec> options() {
    return List.of();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        1024,
        1 << 20,
        4 << 20,
        true,
        EngineTraits.CheckpointKind.COPIED,
        EngineTraits.LogOff.NO_LOG,
        false);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    Disk disk = Objects.requireNonNull(environment.disk());
    return maker.open(disk, directory, traits(options), options.wal());
  }
}
