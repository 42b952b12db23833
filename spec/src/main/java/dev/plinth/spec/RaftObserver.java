package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Tells the steps of a segmented Raft log with one group in the words of RaftLog: from the records
/// that it writes, read as `docs/formats/raft-log.md` draws them.
final class RaftObserver {
  private static final int ENTRIES = 1;
  private static final int STATE = 2;
  private static final int TRUNCATE = 3;
  private static final int MOVED = 5;
  private static final int BEGIN = 6;

  private final List<Trace.Event> events = new ArrayList<>();

  /// Of each segment with records of the group: how many, and how many of them are synced.
  private final TreeMap<Long, int[]> segments = new TreeMap<>();

  private final List<Long> dropped = new ArrayList<>();
  private int unsynced;
  private boolean up;
  private boolean crashed;
  private boolean newSegment;

  List<Trace.Event> events(List<TraceStep> steps) {
    for (TraceStep step : steps) {
      switch (step) {
        case TraceStep.Told told -> told(told);
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
          if (up && LogBytes.isSegment(path)) {
            written(LogBytes.number(path), LogBytes.records(offset, bytes));
          }
        }
        case TraceStep.Synced(Path path) -> {
          if (up && LogBytes.isSegment(path)) {
            synced(LogBytes.number(path));
          }
        }
        case TraceStep.Renamed(Path from, Path _) -> drop(from);
        case TraceStep.Deleted(Path path) -> drop(path);
        default -> {
          // New files, folders, cuts and links mean nothing to the specification.
        }
      }
    }
    return events;
  }

  private void told(TraceStep.Told told) {
    switch (told.what()) {
      case "found" -> found(told);
      case "acknowledged" -> {
        if (acknowledges()) {
          add("Acknowledge", unsynced);
        }
      }
      case "applied" -> add("Apply", told.number());
      case "crash" -> {
        crashed |= up;
        up = false;
      }
      default -> throw new IllegalArgumentException(told.what());
    }
  }

  /// Whether anything was written or synced since the last acknowledgement.
  private boolean acknowledges() {
    for (int i = events.size() - 1; i >= 0; i--) {
      String name = events.get(i).name();
      if (name.equals("Acknowledge") || name.equals("Crash")) {
        return false;
      }
      if (name.equals("Sync")) {
        return true;
      }
    }
    return false;
  }

  private void found(TraceStep.Told told) {
    up = true;
    unsynced = 0;
    if (crashed) {
      events.add(new Trace.Event("Crash", told.number(), told.text()));
      crashed = false;
      newSegment = false;
      segments.values().forEach(segment -> segment[1] = segment[0]);
    }
    List<Long> late = List.copyOf(dropped);
    dropped.clear();
    late.forEach(this::dropped);
  }

  private void written(long number, List<LogBytes.Logged> records) {
    for (LogBytes.Logged record : records) {
      List<Trace.Event> told = told(record);
      if (told.isEmpty()) {
        continue;
      }
      int[] segment = segments.get(number);
      if (segment == null) {
        if (newSegment) {
          events.add(Trace.Event.of("Roll"));
        }
        segment = new int[2];
        segments.put(number, segment);
      }
      newSegment = true;
      events.addAll(told);
      unsynced += told.size();
      segment[0] += told.size();
    }
  }

  /// A record as events: one for each entry of it.
  private static List<Trace.Event> told(LogBytes.Logged record) {
    int[] at = {0};
    byte[] body = record.bytes();
    return switch (record.type()) {
      case ENTRIES, BEGIN -> entries("Entry", record.second(), body);
      case MOVED -> entries("Moved", record.second(), body);
      case STATE -> {
        at[0]++;
        LogBytes.varint(body, at);
        long term = LogBytes.varint(body, at);
        long vote = LogBytes.varint(body, at);
        String fields = "t |-> " + term + ", v |-> " + Math.min(1, vote);
        yield List.of(new Trace.Event("State", record.second(), fields));
      }
      case TRUNCATE -> List.of(Trace.Event.of("Truncate", record.second()));
      default -> List.of();
    };
  }

  private static List<Trace.Event> entries(String name, long first, byte[] body) {
    List<Trace.Event> entries = new ArrayList<>();
    int[] at = {0};
    LogBytes.varint(body, at);
    long index = first;
    while (at[0] < body.length) {
      index += LogBytes.varint(body, at);
      entries.add(new Trace.Event(name, index, "t |-> " + LogBytes.varint(body, at)));
      at[0]++;
      LogBytes.varint(body, at);
      int length = (int) LogBytes.varint(body, at);
      at[0] += length;
      index++;
    }
    return entries;
  }

  private void synced(long number) {
    int[] own = segments.get(number);
    if (own != null) {
      own[1] = own[0];
    }
    int left = 0;
    boolean gap = false;
    for (Map.Entry<Long, int[]> entry : segments.entrySet()) {
      int[] segment = entry.getValue();
      if (gap) {
        left += segment[0];
      } else if (segment[1] < segment[0]) {
        left += segment[0] - segment[1];
        gap = true;
      }
    }
    if (left < unsynced) {
      unsynced = left;
      add("Sync", unsynced);
    }
  }

  private void drop(Path path) {
    if (LogBytes.isSegment(path)) {
      long number = LogBytes.number(path);
      if (up) {
        dropped(number);
      } else {
        dropped.add(number);
      }
    }
  }

  private void dropped(long number) {
    boolean lowest = !segments.isEmpty() && segments.firstKey() == number;
    if (segments.remove(number) != null && lowest) {
      events.add(Trace.Event.of("DropSegment"));
    }
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
