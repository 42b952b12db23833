package dev.plinth.kv.client;

import java.util.TreeSet;

/// The numbers of a session's requests: which are given out, and below which all were answered. Any
/// thread.
final class RequestNumbers {
  private final TreeSet<Long> unanswered = new TreeSet<>();
  private long last;

  /// A new number, unanswered until [#answered] says otherwise.
  synchronized long next() {
    last++;
    unanswered.add(last);
    return last;
  }

  /// The number has its answer, or nobody asks for it any more.
  synchronized void answered(long number) {
    unanswered.remove(number);
  }

  /// Every request below was answered.
  synchronized long answeredBelow() {
    return unanswered.isEmpty() ? last + 1 : unanswered.first();
  }
}
