package dev.plinth.kit.tree;

import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Whether the engine still takes writes: the first failed write, sync or background task ends
/// that. Any thread may use it.
public final class Health {
  private final Consumer<EngineEvent> events;
  private final DurabilityListeners listeners;
  private final AtomicReference<@Nullable StorageException> failure = new AtomicReference<>();

  /// A healthy engine.
  ///
  /// @param events told of damage and of the poison
  /// @param listeners told that nothing becomes durable any more
  public Health(Consumer<EngineEvent> events, DurabilityListeners listeners) {
    this.events = events;
    this.listeners = listeners;
  }

  /// Refuses when the engine was poisoned.
  public void require() {
    StorageException cause = failure.get();
    if (cause != null) {
      throw poisoned(cause);
    }
  }

  /// What a poisoned engine answers.
  public StorageException poisoned() {
    StorageException cause = failure.get();
    if (cause == null) {
      throw new IllegalStateException("not poisoned");
    }
    return poisoned(cause);
  }

  /// Whether the engine was poisoned.
  public boolean isPoisoned() {
    return failure.get() != null;
  }

  /// Poisons the engine; only the first cause counts.
  public void poison(Throwable cause) {
    StorageException first =
        cause instanceof StorageException storage
            ? storage
            : new StorageException.Io("the engine failed: " + cause, cause);
    if (first instanceof StorageException.Poisoned
        && first.getCause() instanceof StorageException original) {
      first = original;
    }
    if (failure.compareAndSet(null, first)) {
      if (first instanceof StorageException.Corrupt corrupt) {
        events.accept(
            new EngineEvent.Damaged(
                corrupt.file(), corrupt.offset(), String.valueOf(corrupt.getMessage())));
      }
      events.accept(new EngineEvent.Poisoned(first));
      listeners.failed(first);
    }
  }

  private static StorageException poisoned(StorageException cause) {
    return new StorageException.Poisoned(
        "the engine takes no more writes since an earlier one failed: "
            + cause.getMessage()
            + "; close and reopen it",
        cause);
  }
}
