package dev.plinth.kit.log;

/// Whether a sync is worth a moment's wait for callers that the last one has released. Guarded by
/// the log's lock.
///
/// A few threads that append and wait in turn are out of step after a sync: the one that led it is
/// back first, and would sync alone while the others wake up. So the first ones wait for as many as
/// there were, but not longer than two syncs take; the one that completes them leads. When they do
/// not come, the next syncs do not wait for anybody, twice as many each time.
final class Gathering {
  /// Waking more takes longer than the sync that is spared.
  private static final int CALLERS_MAX = 8;

  private static final long PATIENCE_NANOS_MAX = 1_000_000;
  private static final int MISSES_MAX = 10;

  private int expected;
  private long until;
  private int misses;
  private int pause;

  /// Notes the end of a sync.
  ///
  /// @param callers how many platform threads it has released, and how many wait already
  /// @param syncNanos how long it took
  /// @param now the time, by [System#nanoTime()]
  void ended(int callers, long syncNanos, long now) {
    if (pause > 0) {
      pause--;
      expected = 0;
      return;
    }
    expected = callers <= CALLERS_MAX ? callers : 0;
    until = now + Math.min(PATIENCE_NANOS_MAX, 2 * syncNanos);
  }

  /// How long to wait before a sync.
  ///
  /// @param callers how many platform threads wait, with the one that asks
  /// @param now the time
  /// @return nanoseconds; 0 to begin
  long nanos(int callers, long now) {
    if (callers >= expected) {
      misses = expected > 1 ? 0 : misses;
      return 0;
    }
    return Math.max(0, until - now);
  }

  /// Takes out one whose time is over, unless he was called or a sync has begun meanwhile: its end
  /// wakes him, and he did not wait in vain.
  ///
  /// @return whether he is to sync himself
  boolean givesUp(Waiter waiter, Waiter.Queue waiters, boolean syncing) {
    if (syncing || !waiters.remove(waiter)) {
      return false;
    }
    missed();
    return true;
  }

  /// Somebody waited in vain; of several only the first counts.
  private void missed() {
    if (expected == 0) {
      return;
    }
    misses = Math.min(MISSES_MAX, misses + 1);
    pause = 1 << misses;
    expected = 0;
  }
}
