package dev.plinth.peers;

import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;

/// Opens a store written in Java.
public abstract class HeapProvider implements EngineProvider {
  /// Opens or creates the store.
  ///
  /// @throws Exception what the store throws; told as [StorageException]
  protected abstract HeapStore openStore(PeerDirectory directory, EngineOptions options)
      throws Exception;

  @Override
  public final boolean foreign() {
    return true;
  }

  @Override
  public EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        EngineTraits.KEY_BYTES_LIMIT,
        EngineTraits.VALUE_BYTES_LIMIT,
        512 << 20,
        true,
        EngineTraits.CheckpointKind.COPIED,
        EngineTraits.LogOff.IGNORED,
        false);
  }

  @Override
  public final Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    PeerEngine.requireSystemDisk(name(), environment);
    long start = System.nanoTime();
    PeerDirectory taken = PeerDirectory.take(directory, name());
    try {
      HeapStore store = openStore(taken, options);
      return new HeapEngine(
          name(), taken, traits(options), environment, store, System.nanoTime() - start);
    } catch (StorageException e) {
      taken.release();
      throw e;
    } catch (LinkageError e) {
      taken.release();
      throw new StorageException.Unsupported(name() + " does not run on this JDK: " + e);
    } catch (Exception e) {
      taken.release();
      throw new StorageException.Io(directory + ": " + name() + " cannot open it: " + e, e);
    }
  }
}
