package dev.plinth.peers;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;

/// What a store should hold: a sorted map, and how to compare a reader with it, whose cursors may
/// go forward only.
final class Oracle {
  final NavigableMap<byte[], byte[]> map = new TreeMap<>(Arrays::compareUnsigned);
  private final boolean backward;

  Oracle(boolean backward) {
    this.backward = backward;
  }

  NavigableMap<byte[], byte[]> within(KeyRange range) {
    NavigableMap<byte[], byte[]> view = map;
    byte[] from = range.from();
    byte[] to = range.to();
    if (range.isEmpty()) {
      return new TreeMap<>(Arrays::compareUnsigned);
    }
    if (from != null) {
      view = view.tailMap(from, true);
    }
    return to == null ? view : view.headMap(to, false);
  }

  void deleteRange(KeyRange range) {
    within(range).clear();
  }

  StateDigest digest() {
    StateDigest.Sum sum = new StateDigest.Sum();
    map.forEach(
        (key, value) ->
            sum.add(
                MemorySegment.ofArray(key),
                0,
                key.length,
                MemorySegment.ofArray(value),
                0,
                value.length));
    return sum.digest();
  }

  void assertSame(Reader reader) {
    Assertions.assertEquals(digest(), StateDigest.of(reader));
    assertRange(reader, KeyRange.all());
  }

  /// Walks a range both ways.
  void assertRange(Reader reader, KeyRange range) {
    NavigableMap<byte[], byte[]> expected = within(range);
    try (Cursor cursor = reader.cursor(range)) {
      for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
        Assertions.assertTrue(cursor.next());
        assertEntry(entry, cursor);
      }
      Assertions.assertFalse(cursor.next());
      Assertions.assertFalse(cursor.isValid());
      if (!backward) {
        Assertions.assertThrows(StorageException.Unsupported.class, cursor::previous);
        return;
      }
      for (Map.Entry<byte[], byte[]> entry : expected.descendingMap().entrySet()) {
        Assertions.assertTrue(cursor.previous());
        assertEntry(entry, cursor);
      }
      Assertions.assertFalse(cursor.previous());
    }
  }

  /// Seeks both ways, then takes a step each way.
  void assertSeek(Reader reader, KeyRange range, byte[] target) {
    NavigableMap<byte[], byte[]> expected = within(range);
    try (Cursor cursor = reader.cursor(range)) {
      Map.Entry<byte[], byte[]> ceiling = expected.ceilingEntry(target);
      Assertions.assertEquals(ceiling != null, cursor.seek(target));
      if (ceiling != null) {
        assertEntry(ceiling, cursor);
        Map.Entry<byte[], byte[]> higher = expected.higherEntry(ceiling.getKey());
        Assertions.assertEquals(higher != null, cursor.next());
        if (higher != null) {
          assertEntry(higher, cursor);
        }
      }
      if (!backward) {
        return;
      }
      Map.Entry<byte[], byte[]> floor = expected.floorEntry(target);
      Assertions.assertEquals(floor != null, cursor.seekAtOrBefore(target));
      if (floor != null) {
        assertEntry(floor, cursor);
        Map.Entry<byte[], byte[]> lower = expected.lowerEntry(floor.getKey());
        Assertions.assertEquals(lower != null, cursor.previous());
        if (lower != null) {
          assertEntry(lower, cursor);
        }
      }
    }
  }

  private static void assertEntry(Map.Entry<byte[], byte[]> entry, Cursor cursor) {
    Assertions.assertArrayEquals(entry.getKey(), cursor.key());
    Assertions.assertArrayEquals(entry.getValue(), cursor.value());
  }
}
