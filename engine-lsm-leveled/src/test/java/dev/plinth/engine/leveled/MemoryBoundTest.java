package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.memory.HugeMemory;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What writing takes of memory outside the heap: the memtables that the options allow, and what
/// the filters of the tables that are being written take.
final class MemoryBoundTest {
  private static final long MEMTABLE_BYTES = 4L << 20;

  /// Two tables of 1 MiB and of one memtable have some 40,000 keys, each with 41 bytes at most
  /// while their filters are built, hashes doubled.
  private static final long FILTERS_BYTES_MAX = 1L << 20;

  private static final int KEYS = 300_000;
  private static final int BATCH = 500;

  @Test
  void writingStaysWithinItsBoundAndGivesMemoryBack() {
    try (Engine engine = open()) {
      long most = 0;
      for (int i = 0; i < KEYS; i += BATCH) {
        WriteBatch batch = new WriteBatch();
        for (int j = i; j < i + BATCH; j++) {
          batch.put(key((int) (j * 7_368_787L % KEYS)), new byte[100]);
        }
        engine.write(batch, Durability.WRITTEN);
        EngineStats stats = engine.stats();
        most = Math.max(most, stats.offHeapBytes() - stats.indexBytes());
      }
      assertTrue(most <= 2 * MEMTABLE_BYTES + FILTERS_BYTES_MAX, most + " bytes");
      engine.settle();
      EngineStats settled = engine.stats();
      assertEquals(0, settled.details().get("filters.building.bytes"));
      assertTrue(settled.details().get("compactions.merge") > 0);
      assumeTrue(givesMemoryBack());
      assertEquals(MEMTABLE_BYTES, settled.offHeapBytes() - settled.indexBytes());
    }
  }

  private static boolean givesMemoryBack() {
    try (Arena arena = Arena.ofConfined()) {
      return HugeMemory.giveBack(HugeMemory.allocate(MEMTABLE_BYTES, arena));
    }
  }

  private static Engine open() {
    return Engines.open(
        Path.of("/store"),
        Map.of(
            "engine", "lsm-leveled",
            "memtable.bytes", "4MiB",
            "table.bytes.max", "1MiB",
            "level.base.bytes", "4MiB"),
        EngineEnvironment.standard().withDisk(new SimDisk()));
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(8).putLong(key).array();
  }
}
