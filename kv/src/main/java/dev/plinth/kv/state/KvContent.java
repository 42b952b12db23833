package dev.plinth.kv.state;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a node has applied: the users' keys and the list of members. Any thread.
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public final class KvContent {
  private final StateMachineStore store;

  public KvContent(StateMachineStore store) {
    this.store = store;
  }

  /// A copy of a value; null when the key is not there.
  public byte @Nullable [] get(byte[] key) {
    return store.get(KvStateMachine.GROUP, KeySpace.user(key));
  }

  /// A key and its value.
  public record Entry(byte[] key, byte[] value) {}

  /// Some of a range's entries in key order.
  ///
  /// @param more whether the range has entries behind the last one here
  public record Page(List<Entry> entries, boolean more) {}

  /// Which keys a scan wants.
  ///
  /// @param from inclusive; null from the first one on
  /// @param to inclusive; null to the last one
  /// @param prefix only keys that begin so; empty for all
  /// @param after only keys behind this one; null for all
  public record Range(
      byte @Nullable [] from, byte @Nullable [] to, byte[] prefix, byte @Nullable [] after) {

    private KeyRange keys() {
      byte[] first = from == null ? new byte[0] : from;
      if (Arrays.compareUnsigned(prefix, first) > 0) {
        first = prefix;
      }
      if (after != null && Arrays.compareUnsigned(behind(after), first) > 0) {
        first = behind(after);
      }
      byte[] end = to == null ? null : behind(to);
      byte[] prefixEnd = prefix.length == 0 ? null : KeyRange.prefix(prefix).to();
      if (prefixEnd != null && (end == null || Arrays.compareUnsigned(prefixEnd, end) < 0)) {
        end = prefixEnd;
      }
      return KeySpace.users(first, end);
    }

    /// The first key behind a key.
    private static byte[] behind(byte[] key) {
      return Arrays.copyOf(key, key.length + 1);
    }
  }

  /// Reads a page of a range.
  ///
  /// @param entriesMax the most entries
  /// @param bytesMax the page ends with the entry that reaches so many bytes of keys and values
  public Page scan(Range range, int entriesMax, long bytesMax) {
    KeyRange keys = range.keys();
    List<Entry> entries = new ArrayList<>();
    if (keys.isEmpty()) {
      return new Page(entries, false);
    }
    long bytes = 0;
    try (Cursor cursor = store.cursor(KvStateMachine.GROUP, keys)) {
      boolean more = cursor.next();
      while (more && entries.size() < entriesMax && bytes < bytesMax) {
        Entry entry = new Entry(KeySpace.untagged(cursor.key()), cursor.value());
        entries.add(entry);
        bytes += entry.key.length + entry.value.length;
        more = cursor.next();
      }
      return new Page(entries, more);
    }
  }
}
