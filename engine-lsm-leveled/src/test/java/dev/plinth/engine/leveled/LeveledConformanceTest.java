package dev.plinth.engine.leveled;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;

final class LeveledConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new LeveledProvider();
  }
}
