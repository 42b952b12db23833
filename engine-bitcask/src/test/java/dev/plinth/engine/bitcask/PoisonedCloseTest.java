package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What failed in the background is told by `close` when nobody has heard of it: whoever closes
/// without an error takes everything for safe.
class PoisonedCloseTest {
  private final StorageException.Io cause =
      new StorageException.Io("a sync failed on an engine thread", null);

  @TempDir Path folder;

  private BitcaskEngine open() {
    return BitcaskEngine.open(
        folder.resolve("store"),
        EngineOptions.of(BitcaskOptions.specs(), Map.of()),
        EngineEnvironment.standard());
  }

  @Test
  void aFailureThatNobodyHasHeardOfIsThrown() {
    BitcaskEngine engine = open();
    engine.put(new byte[] {1}, new byte[] {2}, Durability.WRITTEN);
    engine.parts().maintenance.poison(cause);
    StorageException thrown = assertThrows(StorageException.Poisoned.class, engine::close);
    assertSame(cause, thrown.getCause());
    engine.close();
  }

  @Test
  void aFailureThatAWriterWasToldOfIsNotToldAgain() {
    BitcaskEngine engine = open();
    engine.parts().maintenance.poison(cause);
    assertThrows(
        StorageException.Poisoned.class,
        () -> engine.put(new byte[] {1}, new byte[] {2}, Durability.WRITTEN));
    engine.close();
  }
}
