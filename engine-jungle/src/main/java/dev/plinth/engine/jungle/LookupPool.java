package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Lookup;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Keeps [Lookup]s for reuse, so that point reads allocate nothing; by thread number, since callers
/// may be virtual threads. Any thread may use it.
final class LookupPool {
  private static final int SLOTS = 64;
  private static final int STRIDE = 16;

  private final AtomicReferenceArray<Lookup> idle = new AtomicReferenceArray<>(SLOTS * STRIDE);

  /// Takes a lookup for one read.
  Lookup take() {
    Lookup lookup = idle.getAndSet(slot(), null);
    return lookup != null ? lookup : new Lookup();
  }

  /// Gives it back.
  void give(Lookup lookup) {
    lookup.clear();
    idle.lazySet(slot(), lookup);
  }

  private static int slot() {
    return (int) ((Thread.currentThread().threadId() * 0x9e3779b97f4a7c15L) >>> 58) * STRIDE;
  }
}
