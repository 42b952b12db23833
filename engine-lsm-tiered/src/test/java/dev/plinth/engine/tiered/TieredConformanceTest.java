package dev.plinth.engine.tiered;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;

final class TieredConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new TieredProvider();
  }
}
