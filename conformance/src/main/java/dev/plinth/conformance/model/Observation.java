package dev.plinth.conformance.model;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.StateDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Everything that an engine shows, read in several ways that must agree.
public final class Observation {
  private Observation() {}

  /// Scans both ways, reads every key, and asks for the applied indexes.
  ///
  /// @param keys keys to read one by one, present or not
  /// @param groups Raft groups to ask for
  /// @throws Violation when two ways of reading disagree
  public static Oracle.Fingerprint of(
      Engine engine, Collection<Key> keys, Collection<Long> groups) {
    StateDigest digest = entries(engine, keys);
    Map<Long, Long> applied = new HashMap<>();
    for (long group : groups) {
      long index = engine.appliedIndex(group);
      if (index >= 0) {
        applied.put(group, index);
      }
    }
    return new Oracle.Fingerprint(digest, Map.copyOf(applied));
  }

  /// Scans a reader both ways and reads every key.
  public static StateDigest entries(Reader reader, Collection<Key> keys) {
    List<Key> order = new ArrayList<>();
    TreeMap<Key, byte[]> found = new TreeMap<>();
    StateDigest.Sum sum = new StateDigest.Sum();
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      while (cursor.next()) {
        Key key = Key.of(cursor.key());
        require(
            order.isEmpty() || order.getLast().compareTo(key) < 0,
            "a forward scan showed " + key + " behind " + (order.isEmpty() ? "" : order.getLast()));
        order.add(key);
        found.put(key, cursor.value());
        sum.add(
            cursor.keySegment(),
            cursor.keyOffset(),
            cursor.keyLength(),
            cursor.valueSegment(),
            cursor.valueOffset(),
            cursor.valueLength());
      }
      require(!cursor.isValid(), "a cursor that found no next entry is valid");
    }
    backward(reader, order, found);
    for (Key key : keys) {
      byte[] value = reader.get(key.bytes());
      require(
          Arrays.equals(value, found.get(key)),
          "a read of " + key + " gave " + shown(value) + ", a scan " + shown(found.get(key)));
    }
    return sum.digest();
  }

  private static void backward(Reader reader, List<Key> order, Map<Key, byte[]> found) {
    int at = order.size();
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      while (cursor.previous()) {
        at--;
        Key key = Key.of(cursor.key());
        require(at >= 0, "a backward scan showed " + key + " before the first entry");
        require(
            key.equals(order.get(at)),
            "a backward scan showed " + key + " where a forward one showed " + order.get(at));
        require(
            Arrays.equals(cursor.value(), found.get(key)),
            "a backward scan showed another value of " + key);
      }
    }
    require(at == 0, "a backward scan ended " + at + " entries early");
  }

  private static void require(boolean holds, String detail) {
    if (!holds) {
      throw new Violation("D11", detail);
    }
  }

  static String shown(byte @org.jspecify.annotations.Nullable [] value) {
    if (value == null) {
      return "nothing";
    }
    int shown = Math.min(8, value.length);
    return value.length
        + " bytes "
        + java.util.HexFormat.of().formatHex(value, 0, shown)
        + (shown < value.length ? ".." : "");
  }
}
