package dev.plinth.conformance.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Scans that show one state, and such that do not.
final class OneStateTest {
  private static final Write FIRST = write(Map.of("a", "1", "b", "1"), 1, 0, 1);
  private static final Write SECOND = write(Map.of("a", "2", "b", "2"), 2, 2, 9);

  private static Write write(Map<String, String> values, long sequence, long begun, long ended) {
    Map<String, Optional<String>> effects = new java.util.HashMap<>();
    values.forEach((key, value) -> effects.put(key, Optional.of(value).filter(v -> !v.isEmpty())));
    return new Write(1, effects, sequence, begun, ended);
  }

  private static boolean explained(Scan scan, Write... writes) {
    return new OneState(List.of(writes), new TreeSet<>(List.of("a", "b")))
        .violation(scan)
        .isEmpty();
  }

  private static Scan scan(Map<String, String> found, long begun, long ended) {
    return new Scan(2, found, Write.UNKNOWN, begun, ended);
  }

  @Test
  void aScanShowsABatchOrNot() {
    assertTrue(explained(scan(Map.of("a", "1", "b", "1"), 3, 4), FIRST, SECOND));
    assertTrue(explained(scan(Map.of("a", "2", "b", "2"), 3, 4), FIRST, SECOND));
    assertTrue(!explained(scan(Map.of("a", "2", "b", "1"), 3, 4), FIRST, SECOND));
  }

  @Test
  void aScanIsNeitherOldNorOfTheFuture() {
    assertTrue(!explained(scan(Map.of("a", "1", "b", "1"), 10, 11), FIRST, SECOND));
    assertTrue(!explained(scan(Map.of(), 3, 4), FIRST, SECOND));
    assertTrue(!explained(scan(Map.of("a", "2", "b", "2"), -3, -2), FIRST, SECOND));
    assertTrue(explained(scan(Map.of(), -3, -2), FIRST, SECOND));
  }

  @Test
  void aSnapshotShowsTheSequenceItTells() {
    Map<String, String> old = Map.of("a", "1", "b", "1");
    assertTrue(explained(new Scan(2, old, 1, 3, 4), FIRST, SECOND));
    assertTrue(!explained(new Scan(2, old, 2, 3, 4), FIRST, SECOND));
    assertTrue(!explained(new Scan(2, old, 1, 10, 11), FIRST, SECOND));
  }

  @Test
  void anUnknownBatchIsThereAsAWholeOrNot() {
    Write unknown = write(Map.of("a", "3", "b", ""), Write.UNKNOWN, 10, Long.MAX_VALUE);
    assertTrue(explained(scan(Map.of("a", "2", "b", "2"), 20, 21), FIRST, SECOND, unknown));
    assertTrue(explained(scan(Map.of("a", "3"), 20, 21), FIRST, SECOND, unknown));
    assertTrue(!explained(scan(Map.of("a", "3", "b", "2"), 20, 21), FIRST, SECOND, unknown));
    assertTrue(!explained(scan(Map.of("a", "3"), 3, 4), FIRST, SECOND, unknown));
    Write later = write(Map.of("b", "4"), 3, 11, 12);
    assertTrue(explained(scan(Map.of("a", "3", "b", "4"), 20, 21), FIRST, SECOND, later, unknown));
    assertTrue(explained(scan(Map.of("a", "3"), 20, 21), FIRST, SECOND, later, unknown));
  }

  @Test
  void anUnknownWriteIsNotBelowWhatReturnedBeforeIt() {
    Write unknown = write(Map.of("a", "3"), Write.UNKNOWN, 10, Long.MAX_VALUE);
    Write old = write(Map.of("b", "4"), 3, 11, 12);
    assertTrue(!explained(scan(Map.of("a", "3", "b", "1"), 3, 15), FIRST, SECOND, unknown));
    assertTrue(explained(scan(Map.of("a", "3", "b", "4"), 3, 15), FIRST, SECOND, unknown, old));
  }

  @Test
  void sequenceNumbersFollowTheOrderOfCalls() {
    TreeSet<String> keys = new TreeSet<>(List.of("a", "b"));
    Write twice = write(Map.of("a", "3"), 2, 10, 11);
    Write back = write(Map.of("a", "3"), 1, 10, 11);
    assertEquals(Optional.empty(), new OneState(List.of(SECOND, FIRST), keys).disorder());
    assertTrue(new OneState(List.of(FIRST, SECOND, twice), keys).disorder().isPresent());
    assertTrue(new OneState(List.of(SECOND, back), keys).disorder().isPresent());
  }
}
