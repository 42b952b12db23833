package dev.plinth.conformance.toy;

import dev.plinth.conformance.EngineConformance;
import dev.plinth.conformance.seeded.SeededBug;
import dev.plinth.spi.EngineProvider;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
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
    return Duration.ofSeconds(5);
  }

  /// All but those that want more files or shorter reads than the toy has.
  @Override
  protected List<SeededBug> bugs() {
    return List.copyOf(
        EnumSet.complementOf(
            EnumSet.of(
                SeededBug.CREATION_NOT_SYNCED,
                SeededBug.MANIFEST_NOT_SYNCED,
                SeededBug.SHORT_READ_IGNORED)));
  }
}
