package dev.plinth.conformance.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Counts and failures of one subject. Any thread may call every method.
public final class Tally {
  private final @Nullable Tally total;
  private final SortedMap<String, Long> counts = new TreeMap<>();
  private final List<Failure> failures = new ArrayList<>();

  /// Nothing yet.
  public Tally() {
    this(null);
  }

  /// @param total is given the same counts and failures, beside those of others; null for none
  Tally(@Nullable Tally total) {
    this.total = total;
  }

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
    synchronized (this) {
      counts.merge(what, more, Long::sum);
    }
    if (total != null) {
      total.add(what, more);
    }
  }

  /// A count.
  public synchronized long count(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /// Every count by name.
  public synchronized SortedMap<String, Long> counts() {
    return new TreeMap<>(counts);
  }

  /// Adds a failure.
  public void fail(Failure failure) {
    synchronized (this) {
      failures.add(failure);
    }
    if (total != null) {
      total.fail(failure);
    }
  }

  /// The failures, in order.
  public synchronized List<Failure> failures() {
    return List.copyOf(failures);
  }

  /// Every count in one line.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts()
        .forEach(
            (what, count) ->
                text.append(text.isEmpty() ? "" : ", ")
                    .append(String.format("%,d", count) + " " + what));
    return text.toString();
  }
}
