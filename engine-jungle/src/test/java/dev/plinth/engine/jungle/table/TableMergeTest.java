package dev.plinth.engine.jungle.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Batches appended to one table, against a model; every older state stays readable.
final class TableMergeTest {
  private static final long IDENTITY = 77;
  private static final BatchShape SHAPE = new BatchShape(12, 10);

  @TempDir Path folder;

  private final Disk disk = simulated();
  private final Path file = Path.of("/sim/1.table");

  private static Disk simulated() {
    SimDisk simulated = new SimDisk();
    simulated.createDirectories(Path.of("/sim"));
    return simulated;
  }

  private static byte[] key(int i) {
    return String.format("key%06d", i).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] value(SplittableRandom random) {
    byte[] value = new byte[random.nextInt(5) == 0 ? random.nextInt(12) : random.nextInt(400)];
    random.nextBytes(value);
    return value;
  }

  /// A batch as a table in a file of its own.
  private Table batch(int number, NavigableMap<byte[], byte[]> puts, List<byte[]> deletes) {
    Path path = Path.of("/sim/batch-" + number);
    NavigableMap<byte[], byte[]> all = new TreeMap<>(Arrays::compareUnsigned);
    all.putAll(puts);
    deletes.forEach(key -> all.put(key, new byte[0]));
    try (BatchWriter writer = new BatchWriter(disk, path, number, null, SHAPE, ByteCause.FLUSH)) {
      all.forEach(
          (key, value) -> {
            MemorySegment k = MemorySegment.ofArray(key);
            if (puts.containsKey(key)) {
              writer.put(k, 0, key.length, MemorySegment.ofArray(value), 0, value.length, true);
            } else {
              writer.delete(k, 0, key.length, true);
            }
          });
      BatchWriter.Summary summary = finish(writer, List.of(), number);
      return new Table(disk, path, number, summary.header(), summary.end());
    }
  }

  /// Completes a batch and makes it durable.
  private static BatchWriter.Summary finish(
      BatchWriter writer, List<RangeTombstone> ranges, long sequence) {
    try (Unsynced unsynced = new Unsynced()) {
      BatchWriter.Summary summary = writer.finish(ranges, sequence, unsynced);
      unsynced.sync();
      return summary;
    }
  }

  private static TableCursor cursor(Table table) {
    return new TableCursor(new TableMerge.OneTable(table));
  }

  private static void assertHolds(NavigableMap<byte[], byte[]> model, Table table) {
    table.verify();
    TableCursor cursor = cursor(table);
    cursor.first();
    for (var entry : model.entrySet()) {
      assertTrue(cursor.isValid());
      cursor.checkValue();
      assertArrayEquals(
          entry.getKey(),
          cursor
              .keySegment()
              .asSlice(cursor.keyOffset(), cursor.keyLength())
              .toArray(ValueLayout.JAVA_BYTE));
      assertArrayEquals(
          entry.getValue(),
          cursor
              .valueSegment()
              .asSlice(cursor.valueOffset(), cursor.valueLength())
              .toArray(ValueLayout.JAVA_BYTE));
      cursor.next();
    }
    assertFalse(cursor.isValid());
    Lookup lookup = new Lookup();
    for (byte[] key : model.keySet()) {
      lookup.start(MemorySegment.ofArray(key), 0, key.length);
      assertTrue(table.mayContain(lookup), "the filter knows every key");
      assertTrue(table.find(lookup));
      assertEquals(Tag.PUT, Tag.kind(lookup.tag()));
      assertEquals(model.get(key).length, lookup.valueLength());
    }
  }

  private Table append(Table old, Table batch, RangeTombstones hidden, boolean bottom) {
    TableCursor source = cursor(batch);
    source.first();
    try (BatchWriter writer =
        new BatchWriter(disk, file, IDENTITY, old, SHAPE, ByteCause.COMPACTION)) {
      new TableMerge(source, null, hidden, bottom, () -> false).append(old, writer);
      BatchWriter.Summary summary = finish(writer, bottom ? List.of() : hidden.ranges(), 1);
      return new Table(disk, file, IDENTITY, summary.header(), summary.end());
    }
  }

  @Test
  void everyStateOfAGrowingTableIsReadable() {
    NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    SplittableRandom random = new SplittableRandom(11);
    List<Table> states = new ArrayList<>();
    List<NavigableMap<byte[], byte[]>> models = new ArrayList<>();
    Table now;
    try (BatchWriter writer = new BatchWriter(disk, file, IDENTITY, null, SHAPE, ByteCause.FLUSH)) {
      BatchWriter.Summary summary = finish(writer, List.of(), 0);
      now = new Table(disk, file, IDENTITY, summary.header(), summary.end());
    }
    for (int round = 1; round <= 25; round++) {
      NavigableMap<byte[], byte[]> puts = new TreeMap<>(Arrays::compareUnsigned);
      List<byte[]> deletes = new ArrayList<>();
      int around = random.nextInt(2_000);
      for (int i = 0; i < 150; i++) {
        int id = round % 3 == 0 ? around + random.nextInt(60) : random.nextInt(2_000);
        puts.put(key(id), value(random));
      }
      for (int i = 0; i < 40; i++) {
        byte[] key = key(random.nextInt(2_000));
        puts.remove(key);
        deletes.add(key);
      }
      RangeTombstones hidden = RangeTombstones.EMPTY;
      if (round % 4 == 0) {
        int from = random.nextInt(1_500);
        int width = random.nextInt(500);
        hidden = RangeTombstones.of(List.of(new RangeTombstone(key(from), key(from + width), 1)));
        model.subMap(key(from), key(from + width)).clear();
      }
      model.putAll(puts);
      deletes.forEach(model::remove);
      try (Table batch = batch(round, puts, deletes)) {
        now = append(now, batch, hidden, true);
      }
      states.add(now);
      NavigableMap<byte[], byte[]> copy = new TreeMap<>(Arrays::compareUnsigned);
      copy.putAll(model);
      models.add(copy);
    }
    for (int i = 0; i < states.size(); i++) {
      assertHolds(models.get(i), states.get(i));
    }
    states.forEach(Table::close);
  }

  @Test
  void deletesStayAboveOlderTables() {
    NavigableMap<byte[], byte[]> puts = new TreeMap<>(Arrays::compareUnsigned);
    puts.put(key(1), new byte[100]);
    puts.put(key(2), new byte[100]);
    Table first;
    try (BatchWriter writer = new BatchWriter(disk, file, IDENTITY, null, SHAPE, ByteCause.FLUSH)) {
      puts.forEach(
          (key, value) ->
              writer.put(
                  MemorySegment.ofArray(key),
                  0,
                  key.length,
                  MemorySegment.ofArray(value),
                  0,
                  value.length,
                  true));
      BatchWriter.Summary summary = finish(writer, List.of(), 0);
      first = new Table(disk, file, IDENTITY, summary.header(), summary.end());
    }
    RangeTombstones hidden = RangeTombstones.of(List.of(new RangeTombstone(key(2), key(9), 1)));
    try (Table batch = batch(2, new TreeMap<>(Arrays::compareUnsigned), List.of(key(1), key(5)));
        Table second = append(first, batch, hidden, false)) {
      assertEquals(2, second.entries());
      assertEquals(2, second.deletes());
      Lookup lookup = new Lookup();
      byte[] deleted = key(5);
      lookup.start(MemorySegment.ofArray(deleted), 0, deleted.length);
      assertTrue(second.mayContain(lookup), "filters hold deletes");
      assertTrue(second.find(lookup));
      assertEquals(Tag.DELETE, Tag.kind(lookup.tag()));
      byte[] covered = key(2);
      lookup.start(MemorySegment.ofArray(covered), 0, covered.length);
      assertFalse(second.find(lookup));
      assertTrue(second.tombstones().covers(key(2), key(9)));
      assertEquals(2, first.entries());
    }
    first.close();
  }

  /// The table of version 1 was written by [#golden]; its bytes never change.
  @Test
  void aTableOfVersion1StaysReadable() throws IOException {
    Disk system = new SystemDisk();
    Path written = folder.resolve("new.table");
    long[] places = golden(system, written);
    byte[] expected;
    try (InputStream in = getClass().getResourceAsStream("table-v1.bin")) {
      expected = in == null ? new byte[0] : in.readAllBytes();
    }
    if (Boolean.getBoolean("rewrite")) {
      Files.copy(written, Path.of(System.getProperty("java.io.tmpdir"), "table-v1.bin"));
    }
    assertArrayEquals(expected, Files.readAllBytes(written));
    Path old = folder.resolve("old.table");
    Files.write(old, expected);
    try (Table first = new Table(system, old, IDENTITY, places[0], places[1]);
        Table second = new Table(system, old, IDENTITY, places[2], places[3])) {
      first.verify();
      second.verify();
      assertEquals(60, first.entries());
      assertEquals(61, second.entries());
      assertEquals(1, second.deletes());
    }
    byte[] damaged = expected.clone();
    damaged[5] = (byte) (damaged[5] ^ 1);
    Files.write(old, damaged);
    try (Table first = new Table(system, old, IDENTITY, places[0], places[1])) {
      StorageException.Corrupt found = assertThrows(StorageException.Corrupt.class, first::verify);
      assertEquals(0, found.offset());
    }
    damaged = expected.clone();
    int place = (int) places[0] + 60;
    damaged[place] = (byte) (damaged[place] ^ 1);
    Files.write(old, damaged);
    assertThrows(
        StorageException.Corrupt.class,
        () -> new Table(system, old, IDENTITY, places[0], places[1]));
  }

  private static long[] golden(Disk disk, Path path) {
    long[] places = new long[4];
    try (BatchWriter writer = new BatchWriter(disk, path, IDENTITY, null, SHAPE, ByteCause.FLUSH)) {
      for (int i = 0; i < 60; i++) {
        byte[] key = key(i);
        byte[] value = new byte[i];
        Arrays.fill(value, (byte) i);
        writer.put(
            MemorySegment.ofArray(key), 0, key.length, MemorySegment.ofArray(value), 0, i, true);
      }
      BatchWriter.Summary summary = finish(writer, List.of(), 60);
      places[0] = summary.header();
      places[1] = summary.end();
    }
    try (Table table = new Table(disk, path, IDENTITY, places[0], places[1]);
        BatchWriter writer =
            new BatchWriter(disk, path, IDENTITY, table, SHAPE, ByteCause.COMPACTION)) {
      writer.keepLeaf(table.index(), 0);
      byte[] key = key(100);
      writer.delete(MemorySegment.ofArray(key), 0, key.length, true);
      BatchWriter.Summary summary =
          finish(writer, List.of(new RangeTombstone(key(90), null, 1)), 62);
      places[2] = summary.header();
      places[3] = summary.end();
    }
    return places;
  }
}
