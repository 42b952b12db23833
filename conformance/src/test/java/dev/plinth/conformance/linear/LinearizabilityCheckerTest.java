package dev.plinth.conformance.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.linear.Call.Action;
import dev.plinth.conformance.linear.Call.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The checker against histories that are known to be good, and such that are known to be bad.
final class LinearizabilityCheckerTest {
  private static final long NEVER = Long.MAX_VALUE;

  private static Call put(int client, String value, long begun, long ended) {
    Outcome outcome = ended == NEVER ? new Outcome.Unknown() : new Outcome.Done();
    return new Call(client, "k", new Action.Put(value), outcome, begun, ended);
  }

  private static Call get(int client, @Nullable String value, long begun, long ended) {
    return new Call(client, "k", new Action.Get(), new Outcome.Read(value), begun, ended);
  }

  private static Call delete(int client, boolean found, long begun, long ended) {
    return new Call(client, "k", new Action.Delete(), new Outcome.Deleted(found), begun, ended);
  }

  private static Call compare(
      int client,
      @Nullable String expected,
      String value,
      boolean applied,
      @Nullable String current,
      long begun,
      long ended) {
    Outcome outcome =
        ended == NEVER ? new Outcome.Unknown() : new Outcome.Compared(applied, true, current);
    return new Call(client, "k", new Action.CompareAndSet(expected, value), outcome, begun, ended);
  }

  private static void assertGood(Call... history) {
    Optional<String> violation = LinearizabilityChecker.violation(List.of(history));
    assertTrue(violation.isEmpty(), violation::toString);
  }

  private static void assertBad(Call... history) {
    assertFalse(LinearizabilityChecker.violation(List.of(history)).isEmpty());
  }

  @Test
  void readsSeeWhatWasAcknowledged() {
    assertGood(put(1, "a", 0, 10), get(2, "a", 11, 12));
    assertBad(put(1, "a", 0, 10), get(2, null, 11, 12));
  }

  @Test
  void overlappingCallsMayTakeEitherOrder() {
    assertGood(put(1, "a", 0, 10), get(2, null, 5, 6));
    assertGood(put(1, "a", 0, 10), get(2, "a", 5, 6));
    assertGood(put(1, "a", 0, 10), put(2, "b", 0, 10), get(3, "a", 11, 12));
    assertGood(put(1, "a", 0, 10), put(2, "b", 0, 10), get(3, "b", 11, 12));
  }

  @Test
  void aReadNeverGoesBack() {
    assertBad(put(1, "a", 0, 1), put(1, "b", 2, 20), get(2, "b", 3, 4), get(3, "a", 5, 6));
    assertGood(put(1, "a", 0, 1), put(1, "b", 2, 20), get(2, "a", 3, 4), get(3, "b", 5, 6));
  }

  @Test
  void anAcknowledgedWriteIsNotLost() {
    assertBad(put(1, "a", 0, 1), put(2, "b", 2, 3), get(3, "a", 4, 5));
  }

  @Test
  void nothingIsReadThatWasNeverWritten() {
    assertBad(put(1, "a", 0, 1), get(2, "z", 2, 3));
  }

  @Test
  void anUnknownWriteMayHappenLateOrNever() {
    assertGood(put(1, "a", 0, NEVER), get(2, null, 5, 6), get(2, "a", 7, 8));
    assertGood(put(1, "a", 0, NEVER), get(2, null, 5, 6), get(2, null, 7, 8));
    assertBad(put(1, "a", 0, NEVER), get(2, "a", 5, 6), get(2, null, 7, 8));
    assertBad(put(1, "a", 10, NEVER), get(2, "a", 5, 6));
  }

  @Test
  void anUnknownWriteHappensAtMostOnce() {
    assertBad(
        put(1, "a", 0, NEVER),
        get(2, "a", 1, 2),
        put(2, "b", 3, 4),
        get(2, "b", 5, 6),
        get(2, "a", 7, 8));
  }

  @Test
  void deletesAnswerWhatTheyMet() {
    assertGood(put(1, "a", 0, 1), delete(1, true, 2, 3), delete(2, false, 4, 5));
    assertBad(put(1, "a", 0, 1), delete(1, true, 2, 3), delete(2, true, 4, 5));
    assertBad(put(1, "", 0, 1), get(2, null, 2, 3));
    assertBad(put(1, "a", 0, 1), delete(1, true, 2, 3), get(2, "", 4, 5));
  }

  @Test
  void comparesSucceedOnceAndTellWhatTheyMet() {
    assertGood(compare(1, null, "a", true, null, 0, 10), compare(2, null, "b", false, "a", 0, 10));
    assertBad(compare(1, null, "a", true, null, 0, 10), compare(2, null, "b", true, null, 0, 10));
    assertBad(put(1, "a", 0, 1), compare(2, "b", "c", false, "x", 2, 3));
    assertBad(put(1, "a", 0, 1), compare(2, "a", "c", false, "a", 2, 3));
    assertGood(put(1, "a", 0, 1), compare(2, "a", "c", false, null, 2, NEVER), get(3, "c", 4, 5));
  }

  @Test
  void aRequestAppliedTwiceIsSeen() {
    // Put a, then b; a is applied again by a repeated request after b was acknowledged.
    assertBad(put(1, "a", 0, 1), put(2, "b", 2, 3), get(3, "b", 4, 5), get(3, "a", 6, 7));
  }

  @Test
  void whatIsLeftOfAViolationIsNeeded() {
    List<Call> history =
        List.of(
            put(1, "a", 0, 1),
            get(2, "a", 2, 3),
            put(1, "unread", 4, 5),
            put(1, "b", 6, 7),
            get(3, "b", 8, 9),
            get(2, "a", 10, 11));
    assertEquals(
        List.of(history.get(0), history.get(2), history.get(5)), Contradiction.smallest(history));
    String text = LinearizabilityChecker.violation(history).orElseThrow();
    assertTrue(text.contains("smallest part that no order explains:"), text);
  }

  @Test
  void keysAreJudgedApart() {
    Call other = new Call(9, "other", new Action.Get(), new Outcome.Read("never"), 0, 1);
    assertBad(put(1, "a", 0, 1), get(2, "a", 2, 3), other);
  }

  /// Histories made by a register with calls that take effect at a random moment are good; each
  /// with one answer of a read changed to a value that was never written, or one stale read, is
  /// bad.
  @Test
  void madeHistoriesAreToldFromSpoiledOnes() {
    for (long seed = 1; seed <= 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Call> history = made(random);
      Optional<String> violation = LinearizabilityChecker.violation(history);
      assertTrue(violation.isEmpty(), "seed " + seed + ": " + violation);
      List<Call> spoiled = spoil(history, random);
      assertFalse(LinearizabilityChecker.isExplained(spoiled), "seed " + seed);
    }
  }

  /// Five clients; a call's effect happens at a moment of its own between its begin and its end.
  private static List<Call> made(SplittableRandom random) {
    record Planned(int client, long begun, long effect, long ended) {}
    List<Planned> plan = new ArrayList<>();
    for (int client = 0; client < 5; client++) {
      long now = random.nextLong(10);
      for (int i = 0; i < 30; i++) {
        long begun = now;
        long effect = begun + 1 + random.nextLong(20);
        long ended = effect + 1 + random.nextLong(20);
        plan.add(new Planned(client, begun, effect, ended));
        now = ended + 1 + random.nextLong(10);
      }
    }
    plan.sort(java.util.Comparator.comparingLong(Planned::effect));
    String value = null;
    List<Call> history = new ArrayList<>();
    for (Planned call : plan) {
      boolean unknown = random.nextInt(10) == 0;
      boolean happens = !unknown || random.nextBoolean();
      switch (random.nextInt(4)) {
        case 0, 1 -> history.add(get(call.client, value, call.begun, call.ended));
        case 2 -> {
          String next = "v" + call.effect + "-" + call.client;
          history.add(put(call.client, next, call.begun, unknown ? NEVER : call.ended));
          value = happens ? next : value;
        }
        default -> {
          history.add(delete(call.client, value != null, call.begun, call.ended));
          value = null;
        }
      }
    }
    return history;
  }

  private static List<Call> spoil(List<Call> history, SplittableRandom random) {
    List<Call> spoiled = new ArrayList<>(history);
    List<Integer> reads = new ArrayList<>();
    for (int i = 0; i < history.size(); i++) {
      if (history.get(i).action() instanceof Action.Get) {
        reads.add(i);
      }
    }
    int at = reads.get(random.nextInt(reads.size()));
    Call read = history.get(at);
    spoiled.set(at, get(read.client(), "never written", read.begun(), read.ended()));
    return spoiled;
  }
}
