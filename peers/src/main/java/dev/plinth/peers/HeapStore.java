package dev.plinth.peers;

import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A store written in Java that takes and gives byte arrays, as [HeapEngine] uses it. Every method
/// may be called by any thread unless it says otherwise; errors are
/// [dev.plinth.spi.StorageException].
public interface HeapStore {
  /// The newest value of a key; null when absent.
  byte @Nullable [] get(byte[] key);

  /// The state of this moment, until it is closed.
  HeapView freeze();

  /// Gives a key a value.
  void put(byte[] key, byte[] value, boolean sync);

  /// Removes a key.
  void delete(byte[] key, boolean sync);

  /// Applies operations and applied indexes together, with no other write meanwhile.
  void write(WriteBatch operations, Map<Long, Long> numbers, boolean sync);

  /// The applied indexes by group, and other numbers of this module, found at open.
  Map<Long, Long> numbers();

  /// Whether it keeps applied indexes.
  boolean keepsNumbers();

  /// Makes everything written durable.
  void sync();

  /// Waits until no background work is due.
  void settle();

  /// Rewrites what holds the keys of a range.
  void compact(KeyRange range);

  /// Copies its files to an empty folder, with no write meanwhile.
  void copyTo(Path target);

  /// What only it knows.
  PeerEngine.Figures figures(SortedMap<String, Long> details);

  /// Closes it; called once, with no operation running.
  void close();
}
