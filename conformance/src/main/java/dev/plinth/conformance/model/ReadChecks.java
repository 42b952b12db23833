package dev.plinth.conformance.model;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Compares what a reader shows with a state of the model (clauses D2, D6 and D11).
public final class ReadChecks {
  private ReadChecks() {}

  /// Reads a key in all three ways.
  ///
  /// @param allowed what it may have: one value or null, or several while a write is uncertain
  public static void get(Reader reader, Key key, List<@Nullable Payload> allowed) {
    byte[] value = reader.get(key.bytes());
    if (allowed.stream().noneMatch(payload -> Arrays.equals(bytes(payload), value))) {
      throw new Violation(
          "D6",
          "a read of " + key + " gave " + Observation.shown(value) + " instead of " + allowed);
    }
    MemorySegment padded = MemorySegment.ofArray(new byte[key.length() + 3]);
    MemorySegment.copy(MemorySegment.ofArray(key.bytes()), 0, padded, 3, key.length());
    int needed = value == null ? 0 : value.length;
    MemorySegment target = MemorySegment.ofArray(new byte[needed + 2]);
    long copied = reader.copy(padded, 3, key.length(), target, 1, needed);
    byte[] copy = target.asSlice(1, needed).toArray(ValueLayout.JAVA_BYTE);
    if (copied != (value == null ? -1 : needed) || (value != null && !Arrays.equals(copy, value))) {
      throw new Violation("D6", "a copy of " + key + " gave " + copied + " and other bytes");
    }
    if (needed > 0) {
      long small = reader.copy(padded, 3, key.length(), target, 0, needed - 1);
      if (small != -2 - needed) {
        throw new Violation("SPI", "a copy of " + key + " into too little room gave " + small);
      }
    }
  }

  /// Reads several keys at once.
  public static void getMany(Reader reader, List<Key> keys, ModelState state) {
    int total = keys.stream().mapToInt(Key::length).sum();
    MemorySegment memory = MemorySegment.ofArray(new byte[total]);
    long[] offsets = new long[keys.size()];
    int[] lengths = new int[keys.size()];
    long at = 0;
    for (int i = 0; i < keys.size(); i++) {
      offsets[i] = at;
      lengths[i] = keys.get(i).length();
      MemorySegment.copy(MemorySegment.ofArray(keys.get(i).bytes()), 0, memory, at, lengths[i]);
      at += lengths[i];
    }
    byte[][] found = new byte[keys.size()][];
    int present =
        reader.readMany(
            memory,
            offsets,
            lengths,
            keys.size(),
            (index, segment, offset, length) ->
                found[index] = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    int expected = 0;
    for (int i = 0; i < keys.size(); i++) {
      byte[] value = bytes(state.entries().get(keys.get(i)));
      expected += value == null ? 0 : 1;
      if (!Arrays.equals(found[i], value)) {
        throw new Violation("D6", "a multi-get gave another value of " + keys.get(i));
      }
    }
    if (present != expected) {
      throw new Violation("SPI", "a multi-get counted " + present + " instead of " + expected);
    }
  }

  /// Scans a range from one end to the other.
  public static void scan(Reader reader, KeyRange range, boolean forward, ModelState state) {
    try (Cursor cursor = reader.cursor(range)) {
      walk(cursor, range, forward, state);
    }
  }

  /// Walks a fresh or used cursor of a range from one end to the other.
  static void walk(Cursor cursor, KeyRange range, boolean forward, ModelState state) {
    NavigableMap<Key, Payload> entries = within(range, state);
    boolean valid = forward ? cursor.first() : cursor.last();
    for (Map.Entry<Key, Payload> entry : (forward ? entries : entries.descendingMap()).entrySet()) {
      stands(cursor, valid, entry, "a scan of " + range);
      valid = forward ? cursor.next() : cursor.previous();
    }
    stands(cursor, valid, null, "a scan of " + range);
  }

  /// Seeks both ways and steps to either side.
  public static void seek(Reader reader, KeyRange range, Key key, ModelState state) {
    NavigableMap<Key, Payload> entries = within(range, state);
    String what = "a seek to " + key + " in " + range;
    try (Cursor cursor = reader.cursor(range)) {
      Map.Entry<Key, Payload> after = entries.ceilingEntry(key);
      stands(cursor, cursor.seek(key.bytes()), after, what);
      if (after != null) {
        stands(cursor, cursor.previous(), entries.lowerEntry(after.getKey()), what + ", previous");
      }
      Map.Entry<Key, Payload> before = entries.floorEntry(key);
      stands(cursor, cursor.seekAtOrBefore(key.bytes()), before, what + " or before");
      if (before != null) {
        stands(cursor, cursor.next(), entries.higherEntry(before.getKey()), what + ", next");
      }
    }
  }

  private static NavigableMap<Key, Payload> within(KeyRange range, ModelState state) {
    TreeMap<Key, Payload> entries = new TreeMap<>();
    state
        .entries()
        .forEach(
            (key, value) -> {
              if (key.isIn(range)) {
                entries.put(key, value);
              }
            });
    return entries;
  }

  private static void stands(
      Cursor cursor, boolean valid, Map.@Nullable Entry<Key, Payload> entry, String what) {
    if (cursor.isValid() != valid) {
      throw new Violation("SPI", what + ": isValid() is not what the move returned");
    }
    if (entry == null) {
      if (valid) {
        throw new Violation("D11", what + " showed " + hex(cursor.key()) + " behind the end");
      }
      return;
    }
    if (!valid) {
      throw new Violation("D11", what + " ended before " + entry.getKey());
    }
    if (!Arrays.equals(cursor.key(), entry.getKey().bytes())) {
      throw new Violation(
          "D11", what + " showed " + hex(cursor.key()) + " instead of " + entry.getKey());
    }
    if (!Arrays.equals(cursor.value(), entry.getValue().bytes())) {
      throw new Violation("D6", what + " showed another value of " + entry.getKey());
    }
  }

  private static String hex(byte[] key) {
    return HexFormat.of().formatHex(key);
  }

  static byte @Nullable [] bytes(@Nullable Payload payload) {
    return payload == null ? null : payload.bytes();
  }
}
