package dev.plinth.conformance.linear;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Shortens a history that no order explains: what is left has no order either, and nothing of it
/// can be left out.
///
/// Left out are reads, and writes of a value that no read of what is left has seen: each order of
/// all calls is an order of the others too then, so that the part is no less right than the whole.
/// Removals stay as long as a read that found nothing.
final class Contradiction {
  private Contradiction() {}

  /// @param history calls of one key that no order explains
  static List<Call> smallest(List<Call> history) {
    List<Call> left = new ArrayList<>(history);
    left.sort(Comparator.comparingLong(Call::begun));
    boolean shortened = true;
    while (shortened) {
      shortened = false;
      for (int i = left.size() - 1; i >= 0; i--) {
        Call call = left.get(i);
        if (isNeeded(call, left)) {
          continue;
        }
        left.remove(i);
        if (LinearizabilityChecker.isExplained(left)) {
          left.add(i, call);
        } else {
          shortened = true;
        }
      }
    }
    return left;
  }

  /// Whether leaving a call out could make good calls look bad.
  private static boolean isNeeded(Call call, List<Call> all) {
    Set<String> seen = new HashSet<>();
    boolean absent = false;
    for (Call one : all) {
      if (one.outcome() instanceof Call.Outcome.Read read) {
        absent |= read.value() == null;
        seen.add(Objects.requireNonNullElse(read.value(), ""));
      }
    }
    return switch (call.action()) {
      case Call.Action.Get _ -> false;
      case Call.Action.Put put -> seen.contains(put.value());
      case Call.Action.Delete _ -> absent;
      case Call.Action.CompareAndSet _ -> true;
    };
  }
}
