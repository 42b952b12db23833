package dev.plinth.engine.jungle;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;

final class JungleConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new JungleProvider();
  }
}
