package dev.plinth.kv.resp;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import java.util.LinkedHashMap;
import java.util.Map;

/// Redis names the place of a scan by a number: this keeps the keys that the numbers stand for, the
/// newest so many of one connection. Locked, since answers are made on several threads.
final class ScanCursors {
  private static final int KEPT_MAX = 64;

  private final Map<String, byte[]> places = new LinkedHashMap<>();
  private long last;

  /// Where a scan goes on; null for its beginning.
  synchronized byte @org.jspecify.annotations.Nullable [] take(String cursor) {
    if (cursor.equals("0")) {
      return null;
    }
    byte[] place = places.get(cursor);
    if (place == null) {
      throw new KvException(
          Kind.INVALID,
          "invalid cursor: this connection has not given it, or too long ago; begin with 0");
    }
    return place;
  }

  /// Keeps a place.
  ///
  /// @return its number
  synchronized String keep(byte[] place) {
    last++;
    if (places.size() >= KEPT_MAX) {
      places.remove(places.keySet().iterator().next());
    }
    String cursor = Long.toString(last);
    places.put(cursor, place);
    return cursor;
  }
}
