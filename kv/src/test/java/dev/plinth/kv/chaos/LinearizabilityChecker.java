package dev.plinth.kv.chaos;

import dev.plinth.kv.chaos.Operation.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Looks for an order of calls that explains what every client saw: each call takes effect at one
/// moment between its begin and its end. Keys are independent, so each is searched alone. The
/// search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the
/// memory of visited configurations by Lowe ("Testing for linearizability", 2017). A call whose
/// outcome is unknown has no end and any answer; taking effect after everything else is as good as
/// never.
final class LinearizabilityChecker {
  private LinearizabilityChecker() {}

  /// Checks a history that begins with all keys absent.
  ///
  /// @return empty when it is linearizable; else the first key's calls that no order explains
  static Optional<String> violation(List<Operation> history) {
    Map<String, List<Operation>> byKey = new TreeMap<>();
    for (Operation operation : history) {
      byKey.computeIfAbsent(operation.key(), _ -> new ArrayList<>()).add(operation);
    }
    for (Map.Entry<String, List<Operation>> entry : byKey.entrySet()) {
      Search search = new Search(entry.getValue());
      if (!search.succeeds()) {
        return Optional.of(search.report());
      }
    }
    return Optional.empty();
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

  private record Step(Event begin, State before) {}

  private static final class Search {
    private final List<Operation> calls;
    private final Event head = new Event(-1, false);
    private final int known;
    private int deepest;
    private BitSet deepestTaken = new BitSet();
    private @Nullable Operation stuck;

    Search(List<Operation> calls) {
      this.calls = List.copyOf(calls);
      this.known = (int) calls.stream().filter(call -> !call.isUnknown()).count();
      link();
    }

    private void link() {
      record Moment(long time, boolean begin, int call) {}
      List<Moment> moments = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        moments.add(new Moment(calls.get(i).begun(), true, i));
        moments.add(new Moment(calls.get(i).ended(), false, i));
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
      Set<Visited> visited = new HashSet<>();
      Deque<Step> steps = new ArrayDeque<>();
      BitSet taken = new BitSet(calls.size());
      State state = State.ABSENT;
      int knownTaken = 0;
      Event event = head.after;
      while (knownTaken < known) {
        State next = event.begin ? calls.get(event.call).apply(state) : null;
        boolean fresh = false;
        if (next != null) {
          BitSet with = (BitSet) taken.clone();
          with.set(event.call);
          fresh = visited.add(new Visited(with, next));
        }
        if (next != null && fresh) {
          steps.push(new Step(event, state));
          state = next;
          taken.set(event.call);
          knownTaken += calls.get(event.call).isUnknown() ? 0 : 1;
          lift(event);
          event = head.after;
        } else if (event.begin) {
          event = event.after;
        } else {
          note(knownTaken, taken, event);
          if (steps.isEmpty()) {
            return false;
          }
          Step step = steps.pop();
          state = step.before;
          taken.clear(step.begin.call);
          knownTaken -= calls.get(step.begin.call).isUnknown() ? 0 : 1;
          putBack(step.begin);
          event = step.begin.after;
        }
      }
      return true;
    }

    private void note(int knownTaken, BitSet taken, Event event) {
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
          .sorted(Comparator.comparingLong(Operation::begun))
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
