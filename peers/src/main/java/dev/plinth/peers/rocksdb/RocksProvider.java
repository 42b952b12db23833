package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerDirectory;
import dev.plinth.peers.PeerEngine;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/// Opens RocksDB, with one of its ways to compact.
abstract sealed class RocksProvider implements EngineProvider
    permits RocksLeveledProvider, RocksUniversalProvider {
  private final boolean universal;

  RocksProvider(boolean universal) {
    this.universal = universal;
  }

  @Override
  public final boolean foreign() {
    return true;
  }

  @Override
  public final List<OptionSpec> options() {
    return RocksSettings.specs();
  }

  @Override
  public final EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        EngineTraits.KEY_BYTES_LIMIT,
        EngineTraits.VALUE_BYTES_LIMIT,
        1 << 30,
        true,
        EngineTraits.CheckpointKind.LINKED,
        EngineTraits.LogOff.NO_LOG,
        false);
  }

  @Override
  public final Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    PeerEngine.requireSystemDisk(name(), environment);
    load();
    long start = System.nanoTime();
    PeerDirectory taken = PeerDirectory.take(directory, name());
    try {
      RocksHandles handles = RocksHandles.open(directory, RocksSettings.of(universal, options));
      return new RocksEngine(
          name(), taken, traits(options), environment, handles, System.nanoTime() - start);
    } catch (RocksDBException e) {
      taken.release();
      throw RocksErrors.translate(directory, e);
    } catch (RuntimeException e) {
      taken.release();
      throw e;
    }
  }

  private void load() {
    try {
      RocksDB.loadLibrary();
    } catch (RuntimeException | LinkageError e) {
      throw new StorageException.Unsupported(
          name() + " does not run here: its native library does not load: " + e);
    }
  }
}
