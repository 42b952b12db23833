package dev.plinth.conformance.seeded;

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

/// Makes engines of another provider with a bug.
///
/// @param provider makes the right engine
/// @param bug the bug
public record SeededProvider(EngineProvider provider, SeededBug bug) implements EngineProvider {
  @Override
  public String name() {
    return provider.name();
  }

  @Override
  public String description() {
    return provider.description() + ", with a bug on purpose: " + bug;
  }

  @Override
  public List<OptionSpec> options() {
    return provider.options();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return provider.traits(options);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    if (bug.isOnDisk()) {
      Disk disk = Objects.requireNonNull(environment.disk(), "a simulated disk");
      return provider.open(directory, options, environment.withDisk(new SeededDisk(disk, bug)));
    }
    return new SeededEngine(provider.open(directory, options, environment), bug);
  }
}
