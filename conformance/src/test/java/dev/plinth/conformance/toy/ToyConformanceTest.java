package dev.plinth.conformance.toy;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.spi.EngineProvider;
import java.time.Duration;
import java.util.Map;

class ToyConformanceTest extends EngineConformance {
  @Override
  protected EngineProvider provider() {
    return new ToyProvider();
  }

  @Override
  protected Map<String, String> shortcomings() {
    String noDisk = "it has no disk of the operating system";
    return Map.of(
        "opened twice on the real disk",
        noDisk,
        "a store on the real disk",
        noDisk,
        "interrupts on the real disk",
        noDisk,
        "a full disk",
        "it rewrites its log at open and keeps no reserve");
  }

  @Override
  protected Duration budget() {
    return Duration.ofSeconds(8);
  }
}
