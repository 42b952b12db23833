package dev.plinth.bench.bound;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import java.util.List;

/// Provides a bound. Named on demand only, never part of a default matrix.
public abstract class BoundProvider implements EngineProvider {
  private final String name;
  private final String description;

  /// @param description one line that says what it bounds
  protected BoundProvider(String name, String description) {
    this.name = name;
    this.description = description;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String description() {
    return description;
  }

  /// True, so that nobody takes it for an engine that could be tested.
  @Override
  public final boolean foreign() {
    return true;
  }

  @Override
  public final List<OptionSpec> options() {
    return List.of();
  }

  @Override
  public final EngineTraits traits(EngineOptions options) {
    return BoundEngine.TRAITS;
  }
}
