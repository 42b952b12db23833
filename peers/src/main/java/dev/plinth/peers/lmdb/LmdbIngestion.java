package dev.plinth.peers.lmdb;

import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Feeds sorted entries to a write transaction, one at a time through two small batches in turn, so
/// that an entry and the key before it stay where they are while LMDB reads them.
final class LmdbIngestion {
  private final LmdbApply target;
  private final EngineTraits traits;
  private byte[] before = new byte[0];

  LmdbIngestion(LmdbApply target, EngineTraits traits) {
    this.target = target;
    this.traits = traits;
  }

  /// @return bytes of keys and values; -1 when there was none
  /// @throws IllegalArgumentException when the keys do not ascend
  long run(EntrySource source) {
    WriteBatch one = new WriteBatch();
    WriteBatch other = new WriteBatch();
    long bytes = -1;
    while (source.next()) {
      traits.requireKey(source.keyLength());
      traits.requireValue(source.valueLength());
      requireAscending(source);
      one.clear();
      one.put(
          source.keySegment(),
          source.keyOffset(),
          source.keyLength(),
          source.valueSegment(),
          source.valueOffset(),
          source.valueLength());
      one.forEach(target);
      bytes = Math.max(0, bytes) + one.userBytes();
      WriteBatch next = other;
      other = one;
      one = next;
    }
    return bytes;
  }

  private void requireAscending(EntrySource source) {
    MemorySegment segment = source.keySegment();
    byte[] key =
        segment.asSlice(source.keyOffset(), source.keyLength()).toArray(ValueLayout.JAVA_BYTE);
    if (Arrays.compareUnsigned(before, key) >= 0) {
      throw new IllegalArgumentException("the keys to ingest do not ascend");
    }
    before = key;
  }
}
