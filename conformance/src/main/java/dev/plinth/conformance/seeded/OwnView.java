package dev.plinth.conformance.seeded;

import dev.plinth.conformance.model.Key;
import dev.plinth.spi.Reader;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What each thread has read, kept for it alone: right for one thread, stale beside others. A
/// thread that writes forgets what it has read.
final class OwnView {
  private final Map<Thread, Map<Key, Optional<byte[]>>> views = new ConcurrentHashMap<>();

  /// Reads a key as the calling thread knows it.
  boolean read(Reader reader, byte[] key, ValueVisitor visitor) {
    Optional<byte[]> value =
        views
            .computeIfAbsent(Thread.currentThread(), _ -> new ConcurrentHashMap<>())
            .computeIfAbsent(Key.of(key), _ -> Optional.ofNullable(reader.get(key)));
    value.ifPresent(bytes -> visitor.value(MemorySegment.ofArray(bytes), 0, bytes.length));
    return value.isPresent();
  }

  /// Forgets what the calling thread has read.
  void forget() {
    views.remove(Thread.currentThread());
  }
}
