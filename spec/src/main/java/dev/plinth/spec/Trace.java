package dev.plinth.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// A behaviour of real code in the words of a specification.
///
/// @param name for people, with the seed that makes it again
/// @param events in their order
record Trace(String name, List<Event> events) {
  Trace {
    events = List.copyOf(events);
  }

  /// An event.
  ///
  /// @param name that of an action of the specification
  /// @param number its field `n`; -1 for none
  /// @param fields its further fields as TLA+ text, such as `k |-> "a"`; empty for none
  record Event(String name, long number, String fields) {
    static Event of(String name) {
      return new Event(name, -1, "");
    }

    static Event of(String name, long number) {
      return new Event(name, number, "");
    }

    @Override
    public String toString() {
      String text = "[e |-> \"" + name + "\"";
      if (number >= 0) {
        text += ", n |-> " + number;
      }
      return text + (fields.isEmpty() ? "" : ", " + fields) + "]";
    }
  }

  /// The same without an event.
  Trace without(int index) {
    List<Event> fewer = new ArrayList<>(events);
    Event gone = fewer.remove(index);
    return new Trace(name + " without " + gone, fewer);
  }

  /// The same with another event in a place.
  Trace with(int index, Event other) {
    List<Event> changed = new ArrayList<>(events);
    Event before = changed.set(index, other);
    return new Trace(name + " with " + other + " for " + before, changed);
  }

  /// The same with an event and the next one the other way round.
  Trace swapped(int index) {
    List<Event> changed = new ArrayList<>(events);
    Event first = changed.get(index);
    changed.set(index, changed.get(index + 1));
    changed.set(index + 1, first);
    return new Trace(name + " with " + first + " one later", changed);
  }

  /// The first place that a condition holds for; -1 when there is none.
  int first(IntPredicate condition) {
    return IntStream.range(0, events.size()).filter(condition).findFirst().orElse(-1);
  }

  boolean is(int index, String event) {
    return events.get(index).name().equals(event);
  }

  /// Whether an event of one of these names follows a place, before any crash.
  boolean leadsTo(int index, Set<String> names) {
    for (int i = index + 1; i < events.size() && !is(i, "Crash"); i++) {
      if (names.contains(events.get(i).name())) {
        return true;
      }
    }
    return false;
  }

  /// Whether an event of this name comes before a place.
  boolean leadsBackTo(int index, String name) {
    return events.subList(0, index).stream().anyMatch(event -> event.name().equals(name));
  }
}
