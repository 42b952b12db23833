package dev.plinth.engine.tiered;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What blob files take of the space of a tiered store.
final class BlobSpaceTest {
  private static final int KEYS = 400;
  private static final int VALUE_BYTES = 1500;
  private static final long LIVE_BYTES = (long) KEYS * VALUE_BYTES;

  private static final Path STORE = Path.of("/store");

  private final SimDisk disk = new SimDisk();

  private final Random random = new Random(11);
  private final int[] versions = new int[KEYS];

  @Test
  void theTargetHoldsWithBlobFiles() {
    double target = 1.5;
    try (Engine engine = open("space.amplification.target", Double.toString(target))) {
      overwrite(engine, 8 * KEYS);
      engine.settle();
      Map<String, Long> details = engine.stats().details();
      long bytes = details.get("blobs.bytes") + details.get("tables.bytes");
      assertTrue(bytes <= 1.1 * target * LIVE_BYTES, bytes + " bytes for " + LIVE_BYTES);
      check(engine);
    }
  }

  @Test
  void theLimitIsNeverBroken() {
    long limit = 4 * LIVE_BYTES;
    try (Engine engine = open("space.bytes.max", Long.toString(limit))) {
      for (int round = 0; round < 8; round++) {
        overwrite(engine, KEYS);
        assertTrue(diskBytes() <= limit, diskBytes() + " bytes");
      }
      engine.settle();
      assertTrue(engine.stats().details().get("blobs.rewritten.bytes") > 0);
      assertEquals(KEYS, engine.verify().entries());
      check(engine);
    }
  }

  private Engine open(String option, String value) {
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "engine", "lsm-tiered",
                "memtable.bytes", "64KiB",
                "table.bytes.max", "16KiB",
                "log.segment.bytes", "64KiB",
                "log.buffer.bytes", "16KiB",
                "blob.value.bytes.min", "1KiB",
                "blob.bytes.max", "64KiB"));
    options.put(option, value);
    return Engines.open(STORE, options, EngineEnvironment.standard().withDisk(disk));
  }

  /// Every key at least once, the rest by chance; a full store is given time to collect.
  private void overwrite(Engine engine, int times) {
    for (int i = 0; i < times; i++) {
      int key = versions[i % KEYS] == 0 ? i % KEYS : random.nextInt(KEYS);
      byte[] value = value(key, versions[key] + 1);
      try {
        engine.put(key(key), value, Durability.WRITTEN);
      } catch (StorageException.NoSpace _) {
        engine.settle();
        engine.put(key(key), value, Durability.WRITTEN);
      }
      versions[key]++;
    }
  }

  private void check(Engine engine) {
    for (int key = 0; key < KEYS; key++) {
      assertArrayEquals(value(key, versions[key]), engine.get(key(key)), "key " + key);
    }
  }

  private long diskBytes() {
    long bytes = 0;
    for (String name : disk.list(STORE)) {
      try {
        bytes += disk.size(STORE.resolve(name));
      } catch (StorageException.Io _) {
        // Deleted since it was listed.
      }
    }
    return bytes;
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(8).putLong(key).array();
  }

  private static byte[] value(int key, int version) {
    byte[] value = new byte[VALUE_BYTES];
    new Random(key * 1000L + version).nextBytes(value);
    return value;
  }
}
