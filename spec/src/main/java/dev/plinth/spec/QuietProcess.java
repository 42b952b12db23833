package dev.plinth.spec;

import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.Map;

/// The process whose steps are traced: its work in the background can be waited for, its clock
/// stands still, nobody hears its events.
final class QuietProcess {
  private QuietProcess() {}

  static EngineEnvironment environment(Disk disk, QuietExecutor background) {
    return new EngineEnvironment(disk, background, () -> 0, _ -> {});
  }

  static Engine open(Path store, Map<String, String> options, Disk disk, QuietExecutor background) {
    return Engines.open(store, options, environment(disk, background));
  }
}
