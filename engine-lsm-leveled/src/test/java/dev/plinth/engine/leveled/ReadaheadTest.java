package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What a store tells its disk before it reads.
final class ReadaheadTest {
  private static final int KEYS = 20_000;
  private static final int VALUE_BYTES = 100;
  private static final long DATA_BYTES = (long) KEYS * VALUE_BYTES;
  private static final long AHEAD_BYTES = 256 << 10;

  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong largest = new AtomicLong();
  private final Disk disk = recording(new SimDisk());

  @Test
  void aScanTellsWhatItWillReadAndASeekDoesNot() {
    try (Engine engine = open(AHEAD_BYTES)) {
      fill(engine);
      engine.compact(KeyRange.all());
      assertTrue(asked.get() > 0, "merges tell too");
      asked.set(0);
      for (int i = 0; i < 200; i++) {
        try (Cursor cursor = engine.cursor(KeyRange.all())) {
          assertTrue(cursor.seek(MemorySegment.ofArray(key(i * 97)), 0, 8));
          for (int step = 0; step < 10; step++) {
            assertTrue(cursor.next());
          }
        }
        engine.get(key(i * 97));
      }
      assertEquals(0, asked.get(), "short scans and point reads");
      assertEquals(KEYS, scan(engine));
      assertTrue(asked.get() >= 0.8 * DATA_BYTES, asked + " bytes of " + DATA_BYTES);
      assertTrue(asked.get() <= 1.3 * DATA_BYTES, asked + " bytes of " + DATA_BYTES);
      assertTrue(largest.get() <= AHEAD_BYTES, largest + " bytes at once");
      asked.set(0);
      try (Cursor cursor = engine.cursor(KeyRange.all())) {
        while (cursor.previous()) {
          assertEquals(0, asked.get(), "backward");
        }
      }
    }
  }

  @Test
  void nothingIsToldWhenItIsOff() {
    try (Engine engine = open(0)) {
      fill(engine);
      engine.compact(KeyRange.all());
      assertEquals(KEYS, scan(engine));
      assertEquals(0, asked.get());
      assertEquals(0, engine.stats().details().get("ahead.bytes"));
      engine.verify();
      assertTrue(asked.get() >= 0.8 * DATA_BYTES, "a verification reads everything anyway");
      assertEquals(asked.get(), engine.stats().details().get("ahead.bytes"));
    }
  }

  private Engine open(long ahead) {
    return Engines.open(
        Path.of("/store"),
        Map.of(
            "engine", "lsm-leveled",
            "memtable.bytes", "512KiB",
            "table.bytes.max", "256KiB",
            "level.base.bytes", "1MiB",
            "scan.readahead.bytes", Long.toString(ahead)),
        EngineEnvironment.standard().withDisk(disk));
  }

  private Disk recording(Disk below) {
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (_, method, arguments) -> {
              if (method.getName().equals("willNeed")) {
                long bytes = (long) arguments[2];
                asked.addAndGet(bytes);
                largest.accumulateAndGet(bytes, Math::max);
              }
              try {
                return method.invoke(below, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static int scan(Engine engine) {
    int entries = 0;
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      while (cursor.next()) {
        entries++;
      }
    }
    return entries;
  }

  private static void fill(Engine engine) {
    for (int i = 0; i < KEYS; i += 1000) {
      WriteBatch batch = new WriteBatch();
      for (int key = i; key < i + 1000; key++) {
        batch.put(key(key), new byte[VALUE_BYTES]);
      }
      engine.write(batch, Durability.WRITTEN);
    }
    engine.settle();
  }

  private static byte[] key(int key) {
    return ByteBuffer.allocate(8).putLong(key).array();
  }
}
