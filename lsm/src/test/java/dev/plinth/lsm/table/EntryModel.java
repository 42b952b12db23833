package dev.plinth.lsm.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/// Random entries in a sorted map, and the check that a cursor shows the same.
public final class EntryModel {
  private final TreeMap<Entry, byte[]> sorted = new TreeMap<>();
  private final List<Entry> written = new ArrayList<>();

  /// Receives entries.
  public interface Visitor {
    void entry(byte[] key, long tag, byte[] value);
  }

  @SuppressWarnings("ArrayRecordComponent")
  record Entry(byte[] key, long tag) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int order = Arrays.compareUnsigned(key, other.key);
      return order != 0 ? order : Long.compare(other.tag, tag);
    }
  }

  public static EntryModel random(long seed, int count) {
    EntryModel model = new EntryModel();
    Random random = new Random(seed);
    int alphabet = 2 + random.nextInt(250);
    int keyBytesMax = 1 + random.nextInt(40);
    int valueBytesMax = 1 + random.nextInt(300);
    for (int i = 0; i < count; i++) {
      boolean again = !model.written.isEmpty() && random.nextInt(4) == 0;
      byte[] key =
          again
              ? model.written.get(random.nextInt(model.written.size())).key
              : randomBytes(random, 1 + random.nextInt(keyBytesMax), alphabet);
      int kind = random.nextInt(5) == 0 ? Tag.DELETE : Tag.PUT;
      byte[] value =
          kind == Tag.DELETE
              ? new byte[0]
              : randomBytes(random, random.nextInt(valueBytesMax), 256);
      model.add(key, Tag.of(1 + i * 3L, kind), value);
    }
    return model;
  }

  public void add(byte[] key, long tag, byte[] value) {
    Entry entry = new Entry(key, tag);
    sorted.put(entry, value);
    written.add(entry);
  }

  public int size() {
    return sorted.size();
  }

  public List<byte[]> keys() {
    return written.stream().map(Entry::key).toList();
  }

  public void inOrderOfWriting(Visitor visitor) {
    written.forEach(e -> visitor.entry(e.key, e.tag, sorted.get(e)));
  }

  public void inOrder(Visitor visitor) {
    sorted.forEach((e, value) -> visitor.entry(e.key, e.tag, value));
  }

  /// The tag of the newest entry of a key at or behind a tag; -1 when there is none.
  public long newest(byte[] key, long tag) {
    Entry found = sorted.ceilingKey(new Entry(key, tag));
    return found != null && Arrays.equals(found.key, key) ? found.tag : -1;
  }

  public MemorySegment value(byte[] key, long tag) {
    return MemorySegment.ofArray(sorted.get(new Entry(key, tag)));
  }

  /// Walks a cursor to and fro and compares.
  public void check(EntryCursor cursor, long seed) {
    cursor.first();
    for (var entry : sorted.entrySet()) {
      checkAt(cursor, entry);
      cursor.next();
    }
    assertFalse(cursor.isValid());
    cursor.last();
    for (var entry : sorted.descendingMap().entrySet()) {
      checkAt(cursor, entry);
      cursor.previous();
    }
    assertFalse(cursor.isValid());
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      Entry near = written.get(random.nextInt(written.size()));
      byte[] key = near.key.clone();
      if (random.nextBoolean()) {
        key[random.nextInt(key.length)] += (byte) (random.nextInt(3) - 1);
      }
      if (random.nextInt(4) == 0) {
        key = Arrays.copyOf(key, 1 + random.nextInt(key.length + 2));
      }
      long tag = random.nextBoolean() ? Tag.FIRST : near.tag + random.nextInt(3) - 1;
      checkSeek(cursor, new Entry(key, tag), random);
    }
  }

  private void checkSeek(EntryCursor cursor, Entry target, Random random) {
    MemorySegment key = MemorySegment.ofArray(target.key);
    NavigableMap<Entry, byte[]> map = sorted;
    cursor.seek(key, 0, target.key.length, target.tag);
    var expected = map.ceilingEntry(target);
    boolean forward = random.nextBoolean();
    for (int step = 0; step < 20 && expected != null; step++) {
      checkAt(cursor, expected);
      if (forward) {
        cursor.next();
        expected = map.higherEntry(expected.getKey());
      } else {
        cursor.previous();
        expected = map.lowerEntry(expected.getKey());
      }
    }
    assertEquals(expected != null, cursor.isValid());
    cursor.seekBefore(key, 0, target.key.length, target.tag);
    var before = map.lowerEntry(target);
    assertEquals(before != null, cursor.isValid());
    if (before != null) {
      checkAt(cursor, before);
    }
  }

  static void checkAt(EntryCursor cursor, Map.Entry<Entry, byte[]> expected) {
    assertTrue(cursor.isValid());
    byte[] key =
        cursor
            .keySegment()
            .asSlice(cursor.keyOffset(), cursor.keyLength())
            .toArray(ValueLayout.JAVA_BYTE);
    assertEquals(Arrays.toString(expected.getKey().key), Arrays.toString(key));
    assertEquals(expected.getKey().tag, cursor.tag());
    byte[] value =
        cursor
            .valueSegment()
            .asSlice(cursor.valueOffset(), cursor.valueLength())
            .toArray(ValueLayout.JAVA_BYTE);
    assertEquals(Arrays.toString(expected.getValue()), Arrays.toString(value));
  }

  private static byte[] randomBytes(Random random, int length, int alphabet) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt(alphabet);
    }
    return bytes;
  }
}
