package dev.plinth.conformance.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Shortens a failing list by delta debugging (Zeller and Hildebrandt 2002): leaves out ever
/// smaller parts as long as the rest still fails.
public final class Reducer {
  private Reducer() {}

  /// Shortens a list.
  ///
  /// @param fails whether a list still shows the failure
  /// @param triesMax how often to ask it at most
  public static <T> List<T> reduce(List<T> failing, Predicate<List<T>> fails, int triesMax) {
    List<T> best = new ArrayList<>(failing);
    int tries = 0;
    int part = Math.max(1, best.size() / 2);
    while (true) {
      boolean shorter = false;
      for (int from = 0; from < best.size() && tries < triesMax; ) {
        List<T> rest = new ArrayList<>(best.subList(0, from));
        rest.addAll(best.subList(Math.min(best.size(), from + part), best.size()));
        tries++;
        if (fails.test(rest)) {
          best = rest;
          shorter = true;
        } else {
          from += part;
        }
      }
      if (tries >= triesMax || (part == 1 && !shorter)) {
        return best;
      }
      part = Math.max(1, part / 2);
    }
  }
}
