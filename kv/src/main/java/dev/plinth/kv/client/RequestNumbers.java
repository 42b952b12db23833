package dev.plinth.kv.client;

import dev.plinth.kv.KvLimits;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/// The numbers of a session's requests: which are given out, and below which all were answered.
/// They never run ahead of the oldest unanswered one by more than the answers that a session keeps,
/// so that a request that is late never makes the others be refused. Any thread.
final class RequestNumbers {
  /// How far the numbers reach, the oldest unanswered one included: what a session keeps.
  static final int AHEAD_MAX = KvLimits.SESSION_ANSWERS_MAX;

  private final TreeSet<Long> unanswered = new TreeSet<>();
  private long last;

  /// A new number, unanswered until [#answered] says otherwise; waits while it would be too far
  /// ahead.
  ///
  /// @param patienceNanos how long it may wait
  /// @return the number; 0 when none was to be had in time
  synchronized long next(long patienceNanos) throws InterruptedException {
    long end = System.nanoTime() + patienceNanos;
    while (last + 1 - answeredBelow() >= AHEAD_MAX) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return 0;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    last++;
    unanswered.add(last);
    return last;
  }

  /// The number has its answer, or nobody asks for it any more.
  synchronized void answered(long number) {
    unanswered.remove(number);
    notifyAll();
  }

  /// Every request below was answered.
  synchronized long answeredBelow() {
    return unanswered.isEmpty() ? last + 1 : unanswered.first();
  }
}
