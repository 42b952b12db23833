package dev.plinth.kv.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/// Who shares a round with whom.
final class BarrierRoundsTest {
  private static final long PATIENCE = 100;

  private final List<CompletableFuture<Void>> asked = new ArrayList<>();
  private long now;

  private final BarrierRounds rounds =
      new BarrierRounds(
          () -> {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            asked.add(answer);
            return answer;
          },
          PATIENCE,
          () -> now);

  @Test
  void whoComesDuringARoundWaitsForTheNext() {
    CompletableFuture<Void> first = rounds.join();
    CompletableFuture<Void> second = rounds.join();
    CompletableFuture<Void> third = rounds.join();
    assertEquals(1, asked.size());
    asked.getFirst().complete(null);
    assertTrue(first.isDone());
    assertFalse(second.isDone(), "the first round began before the second caller came");
    assertEquals(2, asked.size());
    CompletableFuture<Void> fourth = rounds.join();
    asked.get(1).complete(null);
    assertTrue(second.isDone() && third.isDone());
    assertFalse(fourth.isDone());
    asked.get(2).complete(null);
    assertTrue(fourth.isDone());
    assertEquals(3, asked.size());
  }

  @Test
  void nobodyWaitsWhenNoRoundIsUnderWay() {
    CompletableFuture<Void> first = rounds.join();
    asked.getFirst().complete(null);
    assertTrue(first.isDone());
    CompletableFuture<Void> later = rounds.join();
    assertEquals(2, asked.size());
    asked.get(1).complete(null);
    assertTrue(later.isDone());
  }

  @Test
  void aRoundThatTakesTooLongHoldsNobodyUp() {
    CompletableFuture<Void> first = rounds.join();
    CompletableFuture<Void> waiting = rounds.join();
    now = PATIENCE + 1;
    CompletableFuture<Void> late = rounds.join();
    assertEquals(2, asked.size());
    asked.get(1).complete(null);
    assertTrue(waiting.isDone() && late.isDone());
    assertFalse(first.isDone());
    CompletableFuture<Void> after = rounds.join();
    asked.getFirst().complete(null);
    assertTrue(first.isDone());
    assertFalse(after.isDone(), "the end of an old round says nothing about a new one");
    asked.get(2).complete(null);
    assertTrue(after.isDone());
  }

  @Test
  void aFailureIsToldToItsOwnRoundOnly() {
    CompletableFuture<Void> first = rounds.join();
    CompletableFuture<Void> second = rounds.join();
    IllegalStateException failure = new IllegalStateException("no majority");
    asked.getFirst().completeExceptionally(failure);
    assertSame(failure, assertThrows(CompletionException.class, first::join).getCause());
    asked.get(1).complete(null);
    assertTrue(second.isDone());
    second.join();
  }

  @Test
  void aQuestionThatCannotBeAskedFails() {
    BarrierRounds broken =
        new BarrierRounds(
            () -> {
              throw new IllegalStateException("stopping");
            },
            PATIENCE,
            () -> now);
    assertThrows(CompletionException.class, () -> broken.join().join());
    assertThrows(CompletionException.class, () -> broken.join().join());
  }
}
