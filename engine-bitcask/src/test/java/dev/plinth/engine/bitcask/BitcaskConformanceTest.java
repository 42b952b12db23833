package dev.plinth.engine.bitcask;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;

class BitcaskConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new BitcaskProvider();
  }
}
