package dev.plinth.kv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.KvLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The numbers of a client's requests, and what they make a session keep.
final class RequestNumbersTest {
  private static final long LONG = TimeUnit.SECONDS.toNanos(60);

  @Test
  void aLateRequestHoldsTheNumbersBack() throws Exception {
    RequestNumbers numbers = new RequestNumbers();
    for (long number = 1; number <= KvLimits.SESSION_ANSWERS_MAX; number++) {
      assertEquals(number, numbers.next(0));
      if (number > 1) {
        numbers.answered(number);
      }
    }
    assertEquals(1, numbers.answeredBelow());
    assertEquals(0, numbers.next(0), "the first one is not answered yet");
    CompletableFuture<Long> waiting = new CompletableFuture<>();
    Thread thread = Thread.ofPlatform().start(() -> waiting.complete(nextOf(numbers)));
    assertFalse(waiting.isDone());
    numbers.answered(1);
    assertEquals(KvLimits.SESSION_ANSWERS_MAX + 1, waiting.get(60, TimeUnit.SECONDS));
    assertTrue(thread.join(Duration.ofSeconds(60)));
  }

  private static long nextOf(RequestNumbers numbers) {
    try {
      return numbers.next(LONG);
    } catch (InterruptedException e) {
      return -1;
    }
  }

  /// Whatever the order in which requests arrive and are answered, a session that forgets what they
  /// say was answered never has to keep more than it can.
  @Test
  void noOrderOfArrivalFillsASession() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RequestNumbers numbers = new RequestNumbers();
      List<long[]> sent = new ArrayList<>();
      TreeSet<Long> kept = new TreeSet<>();
      long below = 0;
      for (int step = 0; step < 5_000; step++) {
        long number = sent.size() < 128 && random.nextInt(3) > 0 ? numbers.next(0) : 0;
        if (number > 0) {
          sent.add(new long[] {number, numbers.answeredBelow()});
        } else if (!sent.isEmpty()) {
          // The newest arrive first mostly: the oldest are late.
          int at = random.nextInt(8) == 0 ? 0 : sent.size() - 1;
          long[] arrived = sent.remove(at);
          assertTrue(arrived[0] >= below, "an unanswered request was forgotten, seed " + seed);
          below = Math.max(below, arrived[1]);
          kept.headSet(below).clear();
          assertTrue(kept.size() < KvLimits.SESSION_ANSWERS_MAX, "full, seed " + seed);
          kept.add(arrived[0]);
          numbers.answered(arrived[0]);
        }
      }
    }
  }
}
