package dev.plinth.engine.bitcask;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// A few [PackedValue]s that point reads borrow, so that unpacking allocates nothing once they are
/// made. Any thread.
final class PackedValues {
  private static final int KEPT = 16;

  private final AtomicReferenceArray<@Nullable PackedValue> kept = new AtomicReferenceArray<>(KEPT);

  /// Lends one.
  ///
  /// @param hint a number that differs from thread to thread
  PackedValue borrow(long hint) {
    PackedValue one = kept.getAndSet(slot(hint), null);
    return one == null ? new PackedValue() : one;
  }

  /// Takes it back; of too many some are forgotten.
  void giveBack(long hint, PackedValue one) {
    kept.set(slot(hint), one);
  }

  private static int slot(long hint) {
    return (int) (hint & (KEPT - 1));
  }
}
