package dev.plinth.engine.jungle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Updates under `space.bytes.max` of twice the live bytes: nobody is refused, the limit holds, and
/// what was written is read.
final class SpaceLimitTest {
  private static final Path STORE = Path.of("/store");

  /// Ten were tried; three keep the build short.
  private static final int ROUNDS = Integer.getInteger("plinth.space.rounds", 3);

  private final SimDisk disk = new SimDisk();
  private final SplittableRandom random = new SplittableRandom(11);
  private final NavigableMap<byte[], byte[]> model = JungleEngineTest.model();
  private long highest;
  private int puts;

  private Engine open(long max) {
    return JungleEngineTest.open(
        STORE, EngineEnvironment.standard().withDisk(disk), "space.bytes.max=" + max);
  }

  private void put(Engine engine, int key, int bytes) {
    byte[] value = JungleEngineTest.value(random, bytes);
    engine.put(JungleEngineTest.key(key), value, Durability.WRITTEN);
    model.put(JungleEngineTest.key(key), value);
    if (++puts % 16 == 0) {
      highest = Math.max(highest, disk.usedBytes());
    }
  }

  private static long twice(int keys, int bytes) {
    return 2L * keys * (JungleEngineTest.key(0).length + bytes);
  }

  /// The keys once, then so many times as many updates.
  private void updates(int keys, int bytes) {
    long max = twice(keys, bytes);
    try (Engine engine = open(max)) {
      for (int i = 0; i < keys; i++) {
        put(engine, i, bytes);
      }
      for (int i = 0; i < ROUNDS * keys; i++) {
        put(engine, random.nextInt(keys), bytes);
      }
      assertTrue(highest <= max, highest + " bytes were on disk, the limit is " + max);
      assertEquals(keys, engine.verify().entries());
      JungleEngineTest.assertSame(model, engine);
    }
    try (Engine engine = open(max)) {
      JungleEngineTest.assertSame(model, engine);
    }
  }

  @Test
  void uniformUpdates() {
    updates(4_000, 1_000);
  }
}
