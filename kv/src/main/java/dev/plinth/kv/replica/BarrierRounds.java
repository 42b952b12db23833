package dev.plinth.kv.replica;

import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Lets many callers share one question to the other members.
///
/// A caller that comes while a round is under way waits for the next one, which begins when that
/// has ended: a round says something about what was acknowledged before it began, so one that is
/// under way already is too old. A round that takes longer than it should holds nobody up: whoever
/// comes then begins another. Any thread.
final class BarrierRounds {
  private final Supplier<CompletableFuture<Void>> question;
  private final long patienceNanos;
  private final LongSupplier clock;
  private @Nullable Round running;
  private @Nullable Round next;

  private static final class Round {
    private final CompletableFuture<Void> answer = new CompletableFuture<>();
    private long begunNanos;
  }

  /// @param question begins a round; may be called on any thread that joins or answers
  /// @param patienceNanos after which a round that is under way is not waited for
  BarrierRounds(Supplier<CompletableFuture<Void>> question, long patienceNanos) {
    this(question, patienceNanos, System::nanoTime);
  }

  BarrierRounds(
      Supplier<CompletableFuture<Void>> question, long patienceNanos, LongSupplier clock) {
    this.question = question;
    this.patienceNanos = patienceNanos;
    this.clock = clock;
  }

  /// Completed when a round has ended that began after this call; as that round has ended.
  CompletableFuture<Void> join() {
    Round joined;
    synchronized (this) {
      joined = next == null ? new Round() : next;
      if (running != null && clock.getAsLong() - running.begunNanos <= patienceNanos) {
        next = joined;
        return joined.answer;
      }
      next = null;
      begin(joined);
    }
    ask(joined);
    return joined.answer;
  }

  private void begin(Round round) {
    round.begunNanos = clock.getAsLong();
    running = round;
  }

  private void ask(Round round) {
    CompletableFuture<Void> asked;
    try {
      asked = question.get();
    } catch (RuntimeException e) {
      asked = CompletableFuture.failedFuture(e);
    }
    var _ = asked.whenComplete((_, failure) -> ended(round, failure));
  }

  /// The next round begins before those who waited for this one are told: what they do takes time.
  private void ended(Round round, @Nullable Throwable failure) {
    @Nullable Round following = null;
    synchronized (this) {
      if (running == round) {
        following = next;
        next = null;
        running = null;
        if (following != null) {
          begin(following);
        }
      }
    }
    if (following != null) {
      ask(following);
    }
    if (failure == null) {
      round.answer.complete(null);
    } else {
      round.answer.completeExceptionally(failure);
    }
  }
}
