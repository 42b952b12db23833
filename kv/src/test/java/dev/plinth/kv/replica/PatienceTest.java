package dev.plinth.kv.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class PatienceTest {
  private static final Patience LONG = new Patience(60_000);

  @Test
  void anAnswerThatIsThereNeedsNoReminder() {
    AtomicInteger reminders = new AtomicInteger();
    CompletableFuture<String> answer = CompletableFuture.completedFuture("yes");
    assertEquals("yes", LONG.await("asking", answer, 1, reminders::incrementAndGet));
    assertEquals(0, reminders.get());
  }

  @Test
  void whoDoesNotAnswerIsRemindedUntilHeDoes() {
    AtomicInteger reminders = new AtomicInteger();
    CompletableFuture<String> answer = new CompletableFuture<>();
    String got =
        LONG.await(
            "asking",
            answer,
            1,
            () -> {
              if (reminders.incrementAndGet() == 3) {
                answer.complete("at last");
              }
            });
    assertEquals("at last", got);
    assertEquals(3, reminders.get());
  }

  @Test
  void noAnswerInTimeIsAnUnknownOutcome() {
    KvException thrown =
        assertThrows(
            KvException.class,
            () -> new Patience(5).await("asking", new CompletableFuture<String>()));
    assertEquals(Kind.UNKNOWN_OUTCOME, thrown.kind());
    assertTrue(String.valueOf(thrown.getMessage()).contains("asking: no answer in 5 ms"));
  }

  @Test
  void aRefusalIsPassedOnAndAnyOtherFailureIsNamed() {
    KvException refusal = new KvException(Kind.OVERLOADED, "too much");
    CompletableFuture<String> refused = CompletableFuture.failedFuture(refusal);
    assertSame(refusal, assertThrows(KvException.class, () -> LONG.await("asking", refused)));
    CompletableFuture<String> failed =
        CompletableFuture.failedFuture(new IllegalStateException("odd"));
    KvException thrown = assertThrows(KvException.class, () -> LONG.await("asking", failed));
    assertEquals(Kind.FAILED, thrown.kind());
    assertTrue(String.valueOf(thrown.getMessage()).contains("odd"));
  }

  @Test
  void anInterruptEndsTheWait() {
    Thread.currentThread().interrupt();
    KvException thrown =
        assertThrows(
            KvException.class, () -> LONG.await("asking", new CompletableFuture<String>()));
    assertTrue(Thread.interrupted());
    assertEquals(Kind.UNKNOWN_OUTCOME, thrown.kind());
  }
}
