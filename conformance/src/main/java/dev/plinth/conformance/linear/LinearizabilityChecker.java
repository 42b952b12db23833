package dev.plinth.conformance.linear;

import dev.plinth.conformance.linear.Call.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Looks for an order of calls that explains what every client saw: each call takes effect at one
/// moment between its begin and its end. Keys are independent, so each is searched alone. The
/// search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the
/// memory of visited configurations by Lowe ("Testing for linearizability", 2017). A call whose
/// outcome is unknown has no end and any answer; taking effect after everything else is as good as
/// never. Such calls are tried only where no call with an answer fits, since each of them doubles
/// what there is to try.
public final class LinearizabilityChecker {
  /// A longer history would take too long to shorten: each try is a search of its own.
  private static final int SHORTENED_CALLS_MAX = 400;

  private LinearizabilityChecker() {}

  /// Checks a history that begins with all keys absent.
  ///
  /// @return empty when it is linearizable; else the first key's calls that no order explains
  public static Optional<String> violation(List<Call> history) {
    Map<String, List<Call>> byKey = new TreeMap<>();
    for (Call call : history) {
      byKey.computeIfAbsent(call.key(), _ -> new ArrayList<>()).add(call);
    }
    for (Map.Entry<String, List<Call>> entry : byKey.entrySet()) {
      Search search = new Search(entry.getValue());
      if (!search.succeeds()) {
        return Optional.of(search.report() + smallest(entry.getValue()));
      }
    }
    return Optional.empty();
  }

  /// Whether there is an order of calls of one key.
  static boolean isExplained(List<Call> calls) {
    return new Search(calls).succeeds();
  }

  private static String smallest(List<Call> calls) {
    StringBuilder text = new StringBuilder();
    if (calls.size() <= SHORTENED_CALLS_MAX) {
      text.append("\nthe smallest part that no order explains:");
      Contradiction.smallest(calls).forEach(call -> text.append("\n  ").append(call));
    }
    return text.toString();
  }

  /// The begin or the end of a call, in a list that calls are lifted out of and put back into.
  private static final class Event {
    private final int call;
    private final boolean begin;
    private @Nullable Event end;
    private Event before;
    private Event after;

    Event(int call, boolean begin) {
      this.call = call;
      this.begin = begin;
      this.before = this;
      this.after = this;
    }

    void remove() {
      before.after = after;
      after.before = before;
    }

    void restore() {
      before.after = this;
      after.before = this;
    }
  }

  private record Visited(BitSet taken, State state) {}

  /// A call that was taken: one with an answer by its begin, or one of the unknown ones.
  private record Step(@Nullable Event begin, int unknown, State before) {}

  private static final class Search {
    private final List<Call> calls;
    private final Event head = new Event(-1, false);
    private final int known;
    private final int[] unknown;
    private final Set<Visited> visited = new HashSet<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private final BitSet taken;
    private State state = State.ABSENT;
    private int knownTaken;
    private int deepest;
    private BitSet deepestTaken = new BitSet();
    private @Nullable Call stuck;

    Search(List<Call> calls) {
      this.calls = List.copyOf(calls);
      this.known = (int) calls.stream().filter(call -> !call.isUnknown()).count();
      this.unknown =
          IntStream.range(0, calls.size()).filter(i -> calls.get(i).isUnknown()).toArray();
      this.taken = new BitSet(calls.size());
      link();
    }

    private void link() {
      record Moment(long time, boolean begin, int call) {}
      List<Moment> moments = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        if (!calls.get(i).isUnknown()) {
          moments.add(new Moment(calls.get(i).begun(), true, i));
          moments.add(new Moment(calls.get(i).ended(), false, i));
        }
      }
      // At one moment begins come first: calls that touch overlap, which accuses nobody wrongly.
      moments.sort(Comparator.comparingLong(Moment::time).thenComparing(m -> !m.begin));
      Event[] begins = new Event[calls.size()];
      Event last = head;
      for (Moment moment : moments) {
        Event event = new Event(moment.call, moment.begin);
        if (moment.begin) {
          begins[moment.call] = event;
        } else {
          begins[moment.call].end = event;
        }
        last.after = event;
        event.before = last;
        last = event;
      }
      last.after = head;
      head.before = last;
    }

    boolean succeeds() {
      Event event = head.after;
      while (knownTaken < known) {
        if (event.begin) {
          event = take(event.call) ? begun(event, -1) : event.after;
          continue;
        }
        // No call with an answer fits before this end.
        int next = takeUnknown(0, event);
        while (next < 0) {
          note(event);
          if (steps.isEmpty()) {
            return false;
          }
          Step step = takeBack();
          if (step.begin != null) {
            event = step.begin.after;
            break;
          }
          event = firstEnd();
          next = takeUnknown(step.unknown + 1, event);
        }
        event = next < 0 ? event : begun(null, next);
      }
      return true;
    }

    /// Takes a call when its answer fits and this was not tried before.
    private boolean take(int call) {
      State next = calls.get(call).apply(state);
      if (next == null) {
        return false;
      }
      BitSet with = (BitSet) taken.clone();
      with.set(call);
      return visited.add(new Visited(with, next));
    }

    /// Looks for a call of unknown outcome that can take effect before an end and changes
    /// something.
    ///
    /// @return its number among them; -1 when there is none
    private int takeUnknown(int from, Event end) {
      long latest = calls.get(end.call).ended();
      for (int i = from; i < unknown.length; i++) {
        Call call = calls.get(unknown[i]);
        if (!taken.get(unknown[i])
            && call.begun() <= latest
            && !state.equals(call.apply(state))
            && take(unknown[i])) {
          return i;
        }
      }
      return -1;
    }

    /// Goes on with a call taken.
    private Event begun(@Nullable Event begin, int number) {
      int call = begin == null ? unknown[number] : begin.call;
      steps.push(new Step(begin, number, state));
      state = Objects.requireNonNull(calls.get(call).apply(state));
      taken.set(call);
      if (begin != null) {
        knownTaken++;
        lift(begin);
      }
      return head.after;
    }

    private Step takeBack() {
      Step step = steps.pop();
      state = step.before;
      if (step.begin == null) {
        taken.clear(unknown[step.unknown]);
      } else {
        taken.clear(step.begin.call);
        knownTaken--;
        putBack(step.begin);
      }
      return step;
    }

    private Event firstEnd() {
      Event event = head.after;
      while (event.begin) {
        event = event.after;
      }
      return event;
    }

    private void note(Event event) {
      if (stuck == null || knownTaken > deepest) {
        deepest = knownTaken;
        deepestTaken = (BitSet) taken.clone();
        stuck = event.call < 0 ? null : calls.get(event.call);
      }
    }

    private static void lift(Event begin) {
      begin.remove();
      if (begin.end != null) {
        begin.end.remove();
      }
    }

    private static void putBack(Event begin) {
      if (begin.end != null) {
        begin.end.restore();
      }
      begin.restore();
    }

    String report() {
      StringBuilder text = new StringBuilder();
      text.append("no order explains key ").append(calls.getFirst().key()).append(": after ");
      text.append(deepest).append(" of ").append(known).append(" calls, stuck at ").append(stuck);
      long around = stuck == null ? 0 : stuck.begun();
      text.append("\ncalls near it:");
      calls.stream()
          .filter(
              call ->
                  call.ended() >= around - 2_000_000_000L
                      && call.begun() <= around + 2_000_000_000L)
          .sorted(Comparator.comparingLong(Call::begun))
          .limit(60)
          .forEach(
              call ->
                  text.append("\n  ")
                      .append(deepestTaken.get(calls.indexOf(call)) ? "taken " : "left  ")
                      .append(call));
      return text.toString();
    }
  }
}
