package dev.plinth.conformance.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Counts and failures of one subject. Not thread-safe.
public final class Tally {
  private final SortedMap<String, Long> counts = new TreeMap<>();
  private final List<Failure> failures = new ArrayList<>();

  /// A violation and the command that shows it again.
  ///
  /// @param layer where
  /// @param seed of the round
  /// @param point where in the round, as the layer writes it
  /// @param detail what was wrong
  /// @param command replays it
  public record Failure(Layer layer, long seed, String point, String detail, String command) {}

  /// Counts.
  public void add(String what, long more) {
    counts.merge(what, more, Long::sum);
  }

  /// A count.
  public long count(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /// Every count by name.
  public SortedMap<String, Long> counts() {
    return new TreeMap<>(counts);
  }

  /// Adds a failure.
  public void fail(Failure failure) {
    failures.add(failure);
  }

  /// The failures, in order.
  public List<Failure> failures() {
    return List.copyOf(failures);
  }

  /// Every count in one line.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (what, count) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(String.format("%,d", count) + " " + what));
    return text.toString();
  }
}
