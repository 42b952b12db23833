package dev.plinth.peers.lmdb;

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
import org.lmdbjava.LmdbException;

/// Opens LMDB, with one of its ways to write.
abstract sealed class LmdbProvider implements EngineProvider
    permits LmdbFileProvider, LmdbWriteMapProvider {
  private static final int KEY_BYTES_MAX = 511;

  private final boolean writeMap;

  LmdbProvider(boolean writeMap) {
    this.writeMap = writeMap;
  }

  @Override
  public final boolean foreign() {
    return true;
  }

  @Override
  public final List<OptionSpec> options() {
    return LmdbSettings.specs();
  }

  @Override
  public final EngineTraits traits(EngineOptions options) {
    return new EngineTraits(
        KEY_BYTES_MAX,
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
      LmdbSettings settings = LmdbSettings.of(writeMap, options);
      LmdbStore store = LmdbStore.open(directory, settings);
      return new LmdbEngine(
          name(), taken, traits(options), environment, store, settings, System.nanoTime() - start);
    } catch (LmdbException e) {
      taken.release();
      throw LmdbErrors.translate(directory, e);
    } catch (LinkageError e) {
      taken.release();
      throw new StorageException.Unsupported(
          name() + " does not run here: its native library does not load: " + e);
    } catch (RuntimeException e) {
      taken.release();
      throw e;
    }
  }
}
