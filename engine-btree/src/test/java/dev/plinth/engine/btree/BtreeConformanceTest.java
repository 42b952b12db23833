package dev.plinth.engine.btree;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;

class BtreeConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new BtreeProvider();
  }
}
