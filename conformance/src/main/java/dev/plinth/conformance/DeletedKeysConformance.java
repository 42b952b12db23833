package dev.plinth.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What many deleted keys cost an engine that merges sorted tables, counted in blocks and bytes:
/// extend it, name the engine and its counters.
public abstract class DeletedKeysConformance {
  private static final int KEYS = 150_000;
  private static final int FIRST = 20_000;
  private static final int DELETED = 100_000;
  private static final int BATCH = 1000;

  /// The engine and its options, such as make 150,000 small keys fill some tables.
  protected abstract Map<String, String> options();

  /// How many blocks cursors that are closed have read.
  protected abstract long blocksRead(EngineStats stats);

  /// The bytes of all tables.
  protected abstract long tableBytes(EngineStats stats);

  /// A seek over 100,000 deleted neighbours reads less than three times what it read before.
  @Test
  final void aSeekOverDeletedNeighboursReadsHardlyMore() {
    try (Engine engine = open()) {
      fill(engine, 8);
      engine.settle();
      long before = blocksOfSeek(engine, FIRST);
      for (int i = 0; i < DELETED; i += BATCH) {
        WriteBatch batch = new WriteBatch();
        for (int key = FIRST + i; key < FIRST + i + BATCH; key++) {
          batch.delete(key(key));
        }
        engine.write(batch, Durability.WRITTEN);
      }
      engine.settle();
      long after = blocksOfSeek(engine, FIRST + DELETED);
      assertTrue(after < 3 * before, after + " blocks, and " + before + " before");
    }
  }

  /// A range delete of half the store gives its room back and rewrites hardly any of the rest.
  @Test
  final void halfOfAStoreIsGivenBackWithoutRewritingTheOther() {
    try (Engine engine = open()) {
      fill(engine, 50);
      engine.compact(KeyRange.all());
      long tables = tableBytes(engine.stats());
      long written = compacted(engine);
      engine.deleteRange(KeyRange.of(key(KEYS / 2), null), Durability.WRITTEN);
      engine.settle();
      long rest = tableBytes(engine.stats());
      assertTrue(rest < 0.55 * tables, rest + " of " + tables);
      long rewritten = compacted(engine) - written;
      assertTrue(rewritten < 0.05 * tables, rewritten + " bytes were rewritten");
      assertEquals(KEYS / 2, engine.verify().entries());
    }
  }

  private Engine open() {
    EngineEnvironment environment = EngineEnvironment.standard().withDisk(new SimDisk());
    return Engines.open(Path.of("/store"), options(), environment);
  }

  /// How many data blocks the first seek of a cursor reads.
  ///
  /// @param found the key that it finds behind those that may be deleted
  private long blocksOfSeek(Engine engine, int found) {
    long before = blocksRead(engine.stats());
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      assertTrue(cursor.seek(MemorySegment.ofArray(key(FIRST)), 0, 8));
      byte[] key =
          cursor
              .keySegment()
              .asSlice(cursor.keyOffset(), cursor.keyLength())
              .toArray(ValueLayout.JAVA_BYTE);
      assertArrayEquals(key(found), key);
    }
    return blocksRead(engine.stats()) - before;
  }

  private static void fill(Engine engine, int valueBytes) {
    for (int i = 0; i < KEYS; i += BATCH) {
      WriteBatch batch = new WriteBatch();
      for (int key = i; key < i + BATCH; key++) {
        batch.put(key(key), new byte[valueBytes]);
      }
      engine.write(batch, Durability.WRITTEN);
    }
  }

  private static long compacted(Engine engine) {
    return engine.stats().ledger().bytes(ByteCause.COMPACTION);
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(8).putLong(key).array();
  }
}
