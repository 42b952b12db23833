package com.example.journal;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import org.junit.jupiter.api.Test;

/// The engine keeps the contract of the SPI, in the laboratory too.
class JournalConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new JournalProvider();
  }

  @Test
  void theServiceLoaderFindsIt() {
    assertInstanceOf(JournalProvider.class, Engines.provider("journal"));
  }
}
