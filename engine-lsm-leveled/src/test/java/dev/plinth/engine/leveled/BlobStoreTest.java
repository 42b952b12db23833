package dev.plinth.engine.leveled;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Large values apart from their keys: space, snapshots, checkpoints, files.
final class BlobStoreTest {
  private static final int KEYS = 400;
  private static final int VALUE_BYTES = 2000;
  private static final double GARBAGE_MAX = 0.3;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "lsm-leveled",
          "memtable.bytes", "128KiB",
          "table.bytes.max", "16KiB",
          "level.base.bytes", "512KiB",
          "blob.value.bytes.min", "1KiB",
          "blob.bytes.max", "128KiB",
          "blob.garbage.max", Double.toString(GARBAGE_MAX));

  private static final Path STORE = Path.of("/store");

  private final SimDisk disk = new SimDisk();
  private final EngineEnvironment environment = EngineEnvironment.standard().withDisk(disk);
  private final Random random = new Random(7);
  private final byte[][] content = new byte[KEYS][];

  @Test
  void overwritingGivesSpaceBack() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      for (int round = 0; round < 8; round++) {
        overwrite(engine, KEYS);
      }
      engine.settle();
      check(engine);
      double live = KEYS * (double) VALUE_BYTES;
      long blobs = detail(engine, "blobs.bytes");
      long garbage = detail(engine, "blobs.garbage.bytes");
      assertTrue(garbage <= GARBAGE_MAX * blobs, garbage + " of " + blobs + " are garbage");
      // What level 0 and the base hide of each other comes on top of what is known as garbage.
      assertTrue(blobs <= 2.2 * live, blobs + " bytes for " + live);
      assertTrue(detail(engine, "blobs.rewritten.bytes") > 0);
      engine.compact(KeyRange.all());
      check(engine);
      assertEquals(0, detail(engine, "blobs.garbage.bytes"));
      assertTrue(detail(engine, "blobs.bytes") <= 1.02 * live);
      assertEquals(KEYS, engine.verify().entries());
      assertEquals(detail(engine, "blobs"), blobFiles().size());
    }
  }

  @Test
  void aSnapshotKeepsOldValues() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      byte[][] before = content.clone();
      try (Snapshot snapshot = engine.snapshot()) {
        overwrite(engine, 3 * KEYS);
        engine.compact(KeyRange.all());
        check(engine);
        for (int i = 0; i < KEYS; i++) {
          assertArrayEquals(before[i], snapshot.get(key(i)), "key " + i);
        }
        try (Cursor cursor = snapshot.cursor(KeyRange.all())) {
          for (int i = KEYS - 1; i >= 0; i--) {
            assertTrue(cursor.previous());
            assertArrayEquals(before[i], value(cursor), "backward, key " + i);
          }
        }
      }
      engine.compact(KeyRange.all());
      check(engine);
      assertTrue(detail(engine, "blobs.bytes") <= 1.02 * KEYS * VALUE_BYTES);
      assertEquals(detail(engine, "blobs"), blobFiles().size());
    }
  }

  @Test
  void noFileIsLeftBehind() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      overwrite(engine, 4 * KEYS);
    }
    Path stray = STORE.resolve("000000990000.blob");
    disk.open(stray, OpenMode.CREATE).close();
    try (Engine engine = open(OPTIONS)) {
      assertFalse(disk.exists(stray));
      engine.settle();
      check(engine);
      assertEquals(detail(engine, "blobs"), blobFiles().size());
      engine.deleteRange(KeyRange.all(), Durability.WRITTEN);
      engine.compact(KeyRange.all());
      assertEquals(List.of(), blobFiles());
      assertEquals(0, detail(engine, "blobs"));
    }
  }

  @Test
  void aMissingOrShortFileIsReportedWhenOpened() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      engine.flush();
      engine.settle();
    }
    Path blob = blobFiles().getFirst();
    try (DiskFile file = disk.open(blob, OpenMode.WRITE)) {
      file.truncate(file.size() - 1);
    }
    StorageException.Corrupt shorter =
        assertThrows(StorageException.Corrupt.class, () -> open(OPTIONS));
    assertEquals(blob, shorter.file());
    disk.delete(blob);
    StorageException.Corrupt missing =
        assertThrows(StorageException.Corrupt.class, () -> open(OPTIONS));
    assertEquals(blob, missing.file());
  }

  @Test
  void aCheckpointHasItsOwnLife() {
    Path copy = Path.of("/copy");
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      engine.checkpoint(copy);
      byte[][] before = content.clone();
      overwrite(engine, 4 * KEYS);
      engine.compact(KeyRange.all());
      check(engine);
      try (Engine other = Engines.open(copy, OPTIONS, environment)) {
        for (int i = 0; i < KEYS; i++) {
          assertArrayEquals(before[i], other.get(key(i)), "key " + i);
        }
        other.deleteRange(KeyRange.all(), Durability.WRITTEN);
        other.compact(KeyRange.all());
        assertEquals(0, detail(other, "blobs"));
      }
      check(engine);
      engine.verify();
    }
  }

  @Test
  void aScanOfKeysReadsNoValue() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      engine.compact(KeyRange.all());
    }
    for (Path blob : blobFiles()) {
      try (DiskFile file = disk.open(blob, OpenMode.WRITE)) {
        for (int at = 100; at < file.size() - 100; at += 1000) {
          file.write(at, MemorySegment.ofArray(new byte[4]), 0, 4, ByteCause.OTHER);
        }
      }
    }
    try (Engine engine = open(OPTIONS);
        Cursor cursor = engine.cursor(KeyRange.all())) {
      for (int i = 0; i < KEYS; i++) {
        assertTrue(cursor.next());
        assertEquals(key(i).length, cursor.keyLength());
      }
      StorageException.Corrupt corrupt =
          assertThrows(StorageException.Corrupt.class, cursor::valueSegment);
      assertTrue(corrupt.file().toString().endsWith(".blob"), corrupt.getMessage());
      assertTrue(cursor.last());
      assertThrows(StorageException.Corrupt.class, cursor::valueSegment);
      assertThrows(StorageException.Corrupt.class, () -> engine.get(key(5)));
      assertThrows(StorageException.Corrupt.class, engine::verify);
      assertNull(engine.get(key(KEYS)));
    }
  }

  @Test
  void valuesComeBackWhenTheOptionIsTurnedOff() {
    try (Engine engine = open(OPTIONS)) {
      fill(engine);
      overwrite(engine, KEYS / 2);
      engine.settle();
    }
    Map<String, String> off = new HashMap<>(OPTIONS);
    off.put("blob.value.bytes.min", "0");
    off.put("blob.garbage.max", "0.01");
    try (Engine engine = open(off)) {
      check(engine);
      long before = detail(engine, "blobs.bytes");
      overwrite(engine, KEYS / 2);
      engine.compact(KeyRange.all());
      check(engine);
      assertTrue(detail(engine, "blobs.bytes") < before / 2);
      assertEquals(0, detail(engine, "blobs.garbage.bytes"));
    }
    try (Engine engine = open(OPTIONS)) {
      engine.compact(KeyRange.all());
      check(engine);
      assertTrue(detail(engine, "blobs.bytes") >= (long) KEYS * VALUE_BYTES, "all are apart again");
    }
  }

  private Engine open(Map<String, String> options) {
    return Engines.open(STORE, options, environment);
  }

  private void fill(Engine engine) {
    for (int i = 0; i < KEYS; i++) {
      put(engine, i);
    }
  }

  private void overwrite(Engine engine, int times) {
    for (int i = 0; i < times; i++) {
      put(engine, random.nextInt(KEYS));
    }
  }

  private void put(Engine engine, int i) {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    engine.put(key(i), value, Durability.WRITTEN);
    content[i] = value;
  }

  private void check(Engine engine) {
    for (int i = 0; i < KEYS; i++) {
      assertArrayEquals(content[i], engine.get(key(i)), "key " + i);
    }
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      for (int i = 0; i < KEYS; i++) {
        assertTrue(cursor.next());
        assertArrayEquals(content[i], value(cursor), "key " + i);
      }
      assertFalse(cursor.next());
    }
  }

  private List<Path> blobFiles() {
    return disk.list(STORE).stream()
        .filter(name -> name.endsWith(".blob"))
        .map(STORE::resolve)
        .toList();
  }

  private static byte[] value(Cursor cursor) {
    MemorySegment segment = cursor.valueSegment();
    return segment
        .asSlice(cursor.valueOffset(), cursor.valueLength())
        .toArray(ValueLayout.JAVA_BYTE);
  }

  private static long detail(Engine engine, String name) {
    return engine.stats().details().getOrDefault(name, -1L);
  }

  private static byte[] key(int i) {
    return String.format("%08d", i).getBytes(StandardCharsets.US_ASCII);
  }
}
