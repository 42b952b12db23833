package dev.plinth.bench.oracle;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Entries in a hash map, and in order as well from the first time that somebody asks for their
/// order: point reads and writes alone do not pay for it. Any thread may call it; keys and values
/// belong to it from then on.
final class OracleMap {
  private final ConcurrentHashMap<Key, byte[]> entries = new ConcurrentHashMap<>();
  private volatile @Nullable ConcurrentSkipListMap<byte[], byte[]> ordered;

  /// A key that is compared by its bytes.
  private static final class Key {
    private final byte[] bytes;
    private final int hash;

    Key(byte[] bytes) {
      this.bytes = bytes;
      this.hash = Arrays.hashCode(bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  byte @Nullable [] get(byte[] key) {
    return entries.get(new Key(key));
  }

  /// Keeps a value, and gives the one before.
  byte @Nullable [] put(byte[] key, byte[] value) {
    byte[] before = entries.put(new Key(key), value);
    // Read behind the change: who begins the order later finds the change in the hash map.
    NavigableMap<byte[], byte[]> order = ordered;
    if (order != null) {
      order.put(key, value);
    }
    return before;
  }

  /// Forgets a key, and gives its value.
  byte @Nullable [] remove(byte[] key) {
    byte[] before = entries.remove(new Key(key));
    NavigableMap<byte[], byte[]> order = ordered;
    if (order != null) {
      order.remove(key);
    }
    return before;
  }

  int size() {
    return entries.size();
  }

  /// Shows every entry, in no order.
  void forEach(BiConsumer<byte[], byte[]> visitor) {
    entries.forEach((key, value) -> visitor.accept(key.bytes, value));
  }

  /// The entries in the order of their keys; follows what is written. The first call takes time.
  NavigableMap<byte[], byte[]> ordered() {
    NavigableMap<byte[], byte[]> order = ordered;
    return order != null ? order : order();
  }

  private synchronized NavigableMap<byte[], byte[]> order() {
    ConcurrentSkipListMap<byte[], byte[]> order = ordered;
    if (order == null) {
      order = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
      ordered = order;
      for (Map.Entry<Key, byte[]> entry : entries.entrySet()) {
        order.putIfAbsent(entry.getKey().bytes, entry.getValue());
        if (!entries.containsKey(entry.getKey())) {
          order.remove(entry.getKey().bytes);
        }
      }
    }
    return order;
  }
}
