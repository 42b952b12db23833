package dev.plinth.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// LMDB that commits every 1,000 operations.
final class LmdbTest extends PeerContract {
  LmdbTest() {
    super("lmdb", "map.bytes", "256MiB");
  }

  @Test
  void idleReadersHoldNoPagesBack() {
    try (Engine engine = open()) {
      byte[] value = new byte[1000];
      for (int round = 0; round < 500; round++) {
        for (int i = 0; i < 20; i++) {
          engine.put(new byte[] {(byte) i}, value, Durability.WRITTEN);
        }
        engine.get(new byte[] {1});
      }
      engine.settle();
      long bytes = engine.stats().diskBytes();
      assertTrue(bytes < 1 << 20, bytes + " bytes hold 20 values of 1,000 bytes");
    }
  }

  @Test
  void aFullMapSpoilsNothingThatWasThere() {
    Map<String, String> small = Map.of("engine", "lmdb", "map.bytes", "1MiB", "commit.every", "1");
    byte[] value = new byte[100_000];
    try (Engine engine = Engines.open(folder.resolve("small"), small)) {
      int[] stored = {0};
      assertThrows(
          StorageException.NoSpace.class,
          () -> {
            for (int i = 0; i < 100; i++) {
              engine.put(new byte[] {(byte) i}, value, Durability.WRITTEN);
              stored[0]++;
            }
          });
      assertEquals(stored[0], engine.digest().entries());
      engine.delete(new byte[] {0}, Durability.WRITTEN);
      assertEquals(stored[0] - 1, engine.digest().entries());
    }
  }
}
