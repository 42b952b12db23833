package dev.plinth.bench.oracle;

import java.util.Arrays;
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
  private final ConcurrentSkipListMap<byte[], byte[]> order =
      new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

  /// Whether changes must be followed in the order.
  private volatile boolean followed;

  /// Whether the order has everything.
  private volatile boolean complete;

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
    Key name = new Key(key);
    byte[] before = entries.put(name, value);
    // Asked behind the change: who begins the order later finds the change in the hash map.
    if (followed) {
      follow(name);
    }
    return before;
  }

  /// Forgets a key, and gives its value.
  byte @Nullable [] remove(byte[] key) {
    Key name = new Key(key);
    byte[] before = entries.remove(name);
    if (followed) {
      follow(name);
    }
    return before;
  }

  /// Gives the order the value that a key has now. Those who follow one key take turns, so that the
  /// last one leaves what the last change has left.
  private void follow(Key key) {
    entries.compute(
        key,
        (_, value) -> {
          if (value == null) {
            order.remove(key.bytes);
          } else {
            order.put(key.bytes, value);
          }
          return value;
        });
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
    if (!complete) {
      order();
    }
    return order;
  }

  private synchronized void order() {
    if (!complete) {
      followed = true;
      entries.keySet().forEach(this::follow);
      complete = true;
    }
  }
}
