package dev.plinth.spi;

import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/// Writes events to the logger `dev.plinth`: damage and poisoning as errors, cut tails, stalls and
/// groups that lag as warnings, the rest for debugging.
enum EventLogger implements Consumer<EngineEvent> {
  INSTANCE;

  private static final System.Logger LOGGER = System.getLogger("dev.plinth");

  @Override
  public void accept(EngineEvent event) {
    LOGGER.log(level(event), event::toString);
  }

  static Level level(EngineEvent event) {
    return switch (event) {
      case EngineEvent.Damaged _, EngineEvent.Poisoned _ -> Level.ERROR;
      case EngineEvent.TailCut _, EngineEvent.Stalled _, EngineEvent.Lagging _ -> Level.WARNING;
      case EngineEvent.Opened _, EngineEvent.Closed _, EngineEvent.Checkpointed _ -> Level.DEBUG;
      case EngineEvent.OrphanRemoved _, EngineEvent.Flushed _, EngineEvent.Compacted _ ->
          Level.DEBUG;
      case EngineEvent.Synced _, EngineEvent.Rolled _ -> Level.TRACE;
    };
  }
}
