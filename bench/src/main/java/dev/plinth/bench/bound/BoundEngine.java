package dev.plinth.bench.bound;

import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;

/// An engine that makes nothing durable and has nothing to do in the background.
public abstract class BoundEngine implements Engine {
  static final EngineTraits TRAITS =
      new EngineTraits(
          EngineTraits.KEY_BYTES_LIMIT,
          EngineTraits.VALUE_BYTES_LIMIT,
          Integer.MAX_VALUE,
          true,
          EngineTraits.CheckpointKind.COPIED,
          EngineTraits.LogOff.IGNORED,
          false);

  private static final Registration NOT_REGISTERED = () -> {};

  private final String name;

  /// @param name for messages
  protected BoundEngine(String name) {
    this.name = name;
  }

  @Override
  public final EngineTraits traits() {
    return TRAITS;
  }

  @Override
  public final Snapshot snapshot() {
    throw unsupported("snapshots");
  }

  @Override
  public final long durableSequence() {
    return 0;
  }

  @Override
  public final long appliedIndex(long group) {
    return -1;
  }

  @Override
  public final long durableAppliedIndex(long group) {
    return -1;
  }

  @Override
  public final Registration onDurable(DurabilityListener listener) {
    return NOT_REGISTERED;
  }

  @Override
  public final long ingest(EntrySource source) {
    throw unsupported("bulk ingest");
  }

  @Override
  public final void checkpoint(Path directory) {
    throw unsupported("checkpoints");
  }

  @Override
  public final void compact(KeyRange range) {}

  @Override
  public final void settle() {}

  @Override
  public final long approximateBytes(KeyRange range) {
    return 0;
  }

  /// Refuses what it does not have.
  protected final StorageException unsupported(String what) {
    return new StorageException.Unsupported(
        name + " is a bound, not a store, and has no " + what + "; take another engine");
  }
}
