package dev.plinth.kv.replica;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits for an answer, up to a limit, and says in the field's terms why there is none. Any thread.
///
/// @param millis the longest wait for one answer
record Patience(long millis) {

  /// @throws KvException what the answer failed with; UNKNOWN_OUTCOME when there is none in time
  <T> T await(String what, CompletableFuture<T> answer) {
    return await(what, answer, millis, () -> {});
  }

  /// Waits, and does something each time that an interval has passed without an answer.
  ///
  /// @param everyMillis the interval, 1 or more
  /// @param reminder is run by the caller's thread and must not block; what it throws is thrown
  /// @throws KvException what the answer failed with; UNKNOWN_OUTCOME when there is none in time
  <T> T await(String what, CompletableFuture<T> answer, long everyMillis, Runnable reminder) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      long left = Math.max(0, end - System.nanoTime());
      try {
        return answer.get(
            Math.min(left, TimeUnit.MILLISECONDS.toNanos(everyMillis)), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        if (System.nanoTime() >= end) {
          throw new KvException(
              Kind.UNKNOWN_OUTCOME, what + ": no answer in " + millis + " ms", null, e);
        }
        reminder.run();
      } catch (ExecutionException | CompletionException e) {
        if (e.getCause() instanceof KvException refusal) {
          throw refusal;
        }
        throw new KvException(Kind.FAILED, what + ": " + e.getCause(), null, e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new KvException(Kind.UNKNOWN_OUTCOME, what + ": interrupted", null, e);
      }
    }
  }
}
