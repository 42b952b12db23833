package dev.plinth.lsm;

import java.util.concurrent.atomic.AtomicLong;

/// Lets flushes go before merges where there are too few processors for both and a writer: a merge
/// can wait, while a flush that does not end leaves two full memtables in memory and writers
/// waiting. A merge never waits longer than it has worked since it waited last, so that it goes on
/// however many flushes there are. Any thread may call it.
final class Precedence {
  /// A merge that has done nothing yet waits this long at most.
  private static final long CREDIT_NANOS = 500_000_000;

  private final FlushQueue flushes;
  private final boolean scarce;
  private final AtomicLong resumed = new AtomicLong(System.nanoTime() - CREDIT_NANOS);

  /// @param merges how many merges may run at once
  Precedence(FlushQueue flushes, int merges) {
    this.flushes = flushes;
    this.scarce = Runtime.getRuntime().availableProcessors() < merges + 2;
  }

  /// Called by a merge now and then.
  void giveWay() {
    if (!scarce) {
      return;
    }
    long worked = System.nanoTime() - resumed.get();
    if (flushes.giveWay(Math.min(CREDIT_NANOS, worked)) > 0) {
      resumed.set(System.nanoTime());
    }
  }
}
