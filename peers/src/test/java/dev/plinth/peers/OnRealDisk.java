package dev.plinth.peers;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import java.nio.file.Path;
import java.util.List;

/// A peer for tests that hand a disk over: it keeps to the operating system's.
record OnRealDisk(EngineProvider peer) implements EngineProvider {
  @Override
  public String name() {
    return peer.name();
  }

  @Override
  public String description() {
    return peer.description();
  }

  @Override
  public List<OptionSpec> options() {
    return peer.options();
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return peer.traits(options);
  }

  @Override
  public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return peer.open(directory, options, environment.withDisk(null));
  }
}
