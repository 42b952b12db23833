package dev.plinth.lsm;

import java.util.concurrent.atomic.AtomicLong;

/// Counts how often cursors are sent to a place in a run of level 0: what seeks pay for each run
/// that is not merged yet. Every so many of them it has somebody look whether a merge would have
/// been cheaper. Any thread may call it.
final class SeekCount {
  /// Few milliseconds of seeking.
  private static final int SEEKS_PER_LOOK = 4096;

  private final AtomicLong unseen = new AtomicLong();
  private volatile Runnable look = () -> {};

  /// Says who looks; must not block and never fail.
  void onDue(Runnable looks) {
    look = looks;
  }

  /// Counts places in a run.
  ///
  /// @param first the first table of the run
  void add(TableHandle first, long seeks) {
    first.seeks().add(seeks);
    long sum = unseen.addAndGet(seeks);
    if (sum >= SEEKS_PER_LOOK && unseen.compareAndSet(sum, 0)) {
      look.run();
    }
  }

  /// How many were counted in the runs of level 0.
  static long inLevel0(Version version) {
    long sum = 0;
    for (SortedRun run : version.levels().getFirst().runs()) {
      for (TableMeta table : run.tables()) {
        sum += version.handle(table.number()).seeks().sum();
      }
    }
    return sum;
  }
}
