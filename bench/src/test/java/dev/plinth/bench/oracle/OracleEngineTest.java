package dev.plinth.bench.oracle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OracleEngineTest {
  @TempDir Path folder;

  @Test
  void whatIsWrittenIsThereAfterACleanClose() {
    StateDigest digest;
    try (Engine engine = open()) {
      for (int i = 0; i < 10; i++) {
        engine.put(key(i), new byte[] {(byte) (i * 3)}, Durability.BUFFERED);
      }
      engine.delete(key(4), Durability.BUFFERED);
      engine.deleteRange(KeyRange.of(key(7), key(9)), Durability.BUFFERED);
      WriteBatch batch = new WriteBatch();
      MemorySegment memory = MemorySegment.ofArray(key(20));
      batch.put(memory, 0, 1, memory, 0, 1);
      engine.write(batch, Durability.BUFFERED);
      assertNull(engine.get(key(8)));
      assertEquals(8, engine.stats().liveEntries());
      digest = engine.digest();
    }
    try (Engine engine = open()) {
      assertEquals(digest, engine.digest());
      assertArrayEquals(new byte[] {27}, engine.get(key(9)));
      try (Cursor cursor = engine.cursor(KeyRange.of(key(2), key(7)))) {
        assertTrue(cursor.seek(MemorySegment.ofArray(key(4)), 0, 1));
        assertEquals(5, cursor.keySegment().toArray(ValueLayout.JAVA_BYTE)[0]);
        assertTrue(cursor.last());
        assertFalse(cursor.next(), "the range ends at 6");
      }
    }
  }

  @Test
  void orderFollowsWhatIsWrittenAfterItWasAskedFor() {
    try (Engine engine = open()) {
      for (int i = 9; i > 0; i -= 2) {
        engine.put(key(i), new byte[] {(byte) i}, Durability.BUFFERED);
      }
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        assertEquals(List.of(1, 3, 5, 7, 9), keys(cursor));
        engine.put(key(4), new byte[] {4}, Durability.BUFFERED);
        engine.delete(key(5), Durability.BUFFERED);
        engine.deleteRange(KeyRange.of(key(9), key(12)), Durability.BUFFERED);
        assertEquals(List.of(1, 3, 4, 7), keys(cursor));
        assertTrue(cursor.first() && cursor.next() && cursor.next() && cursor.previous());
        assertEquals(3, cursor.keySegment().toArray(ValueLayout.JAVA_BYTE)[0]);
        assertTrue(cursor.next());
        assertEquals(4, cursor.keySegment().toArray(ValueLayout.JAVA_BYTE)[0]);
      }
    }
  }

  private static List<Integer> keys(Cursor cursor) {
    List<Integer> keys = new ArrayList<>();
    for (boolean found = cursor.first(); found; found = cursor.next()) {
      keys.add((int) cursor.keySegment().toArray(ValueLayout.JAVA_BYTE)[0]);
    }
    return keys;
  }

  @Test
  void nothingDurableIsPretended() {
    try (Engine engine = open()) {
      for (Durability level : new Durability[] {Durability.WRITTEN, Durability.SYNCED}) {
        StorageException failure =
            assertThrows(
                StorageException.Unsupported.class, () -> engine.put(key(1), key(1), level));
        assertTrue(failure.getMessage().contains("--durability buffered"));
      }
      assertThrows(StorageException.Unsupported.class, engine::flush);
      assertEquals(0, engine.durableSequence());
      assertNull(engine.get(key(1)));
    }
  }

  @Test
  void aHeapThatIsTooSmallIsSaid() {
    try (Engine engine = new OracleEngine(folder, 1_000)) {
      engine.put(key(1), new byte[500], Durability.BUFFERED);
      assertThrows(
          StorageException.LimitExceeded.class,
          () -> engine.put(key(2), new byte[500], Durability.BUFFERED));
      assertNull(engine.get(key(2)));
      engine.delete(key(1), Durability.BUFFERED);
      engine.put(key(2), new byte[500], Durability.BUFFERED);
    }
  }

  private Engine open() {
    return Engines.open(folder, Map.of("engine", OracleEngineProvider.NAME));
  }

  private static byte[] key(int number) {
    return new byte[] {(byte) number};
  }
}
