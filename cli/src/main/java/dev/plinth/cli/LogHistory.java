package dev.plinth.cli;

import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.Violation;
import java.util.ArrayList;
import java.util.List;

/// What was done to a log, and which of it must and may be found after a crash. Threads: any.
final class LogHistory {
  private final List<Event> events = new ArrayList<>();
  private int synced;
  private int written;
  private long from;

  /// Something that changes what the log shows.
  sealed interface Event {}

  /// A record; its position is known when the append has returned.
  static final class Append implements Event {
    private final Payload body;
    private volatile long position = Long.MAX_VALUE;

    Append(Payload body) {
      this.body = body;
    }

    long position() {
      return position;
    }
  }

  /// Records behind a position are void.
  record Truncate(long position) implements Event {}

  /// How far things had come.
  ///
  /// @param synced how many events survive a power failure
  /// @param written how many survive the end of the process
  /// @param submitted how many were begun
  /// @param from records below this position were given up
  record Mark(int synced, int written, int submitted, long from) {}

  synchronized Append append(Payload body) {
    Append event = new Append(body);
    events.add(event);
    return event;
  }

  synchronized void place(Append event, long position) {
    event.position = position;
  }

  synchronized void truncate(long position) {
    events.add(new Truncate(position));
  }

  synchronized void dropBefore(long position) {
    from = position;
  }

  synchronized void allWritten() {
    written = events.size();
  }

  synchronized void allSynced() {
    synced = events.size();
    written = events.size();
  }

  synchronized long from() {
    return from;
  }

  synchronized Mark mark() {
    return new Mark(synced, written, events.size(), from);
  }

  /// The records that are there now.
  synchronized List<Append> live() {
    return state(events.size(), from);
  }

  private List<Append> state(int count, long start) {
    List<Append> live = new ArrayList<>();
    for (Event event : events.subList(0, count)) {
      switch (event) {
        case Append append -> live.add(append);
        case Truncate(long position) -> live.removeIf(append -> append.position > position);
      }
    }
    live.removeIf(append -> append.position < start);
    return live;
  }

  /// How many of the events give what was found, the most that do.
  ///
  /// @throws Violation when no allowed number does
  synchronized int recognise(List<Payload> found, int least, int most, long start) {
    for (int count = most; count >= least; count--) {
      if (state(count, start).stream().map(append -> append.body).toList().equals(found)) {
        return count;
      }
    }
    throw new Violation(
        "D3",
        "found "
            + found.size()
            + " records up to "
            + (found.isEmpty() ? "none" : found.getLast())
            + ", which is no state after "
            + least
            + " to "
            + most
            + " events");
  }

  /// Goes on after a recovery that found so many events.
  synchronized void rebase(int count, List<Long> positions) {
    while (events.size() > count) {
      events.removeLast();
    }
    synced = count;
    written = count;
    List<Append> live = state(count, from);
    for (int i = 0; i < live.size(); i++) {
      live.get(i).position = positions.get(i);
    }
  }
}
