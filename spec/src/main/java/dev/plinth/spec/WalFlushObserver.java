package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/// Tells the steps of a store with log, manifest and tables in the words of WalFlush. Which writes
/// the log holds it reads from the bytes themselves ([LogBytes]), not from what the log says.
final class WalFlushObserver {
  private final WalLayout layout;
  private final List<Trace.Event> events = new ArrayList<>();

  /// Of each table file of a flush that flush, and those that are synced.
  private Map<String, WalLayout.Flush> flushes = Map.of();

  private final Set<String> syncedTables = new HashSet<>();
  private final Set<Long> madeTables = new HashSet<>();

  /// Of each segment that holds writes: first, last, last synced.
  private final TreeMap<Long, long[]> segments = new TreeMap<>();

  /// Of each write of this life its segment.
  private final Map<Long, Long> places = new HashMap<>();

  private final List<Long> dropped = new ArrayList<>();
  private long put;
  private long written;
  private long synced;
  private long acknowledged;

  /// Whether the specification's newest log file has writes already.
  private boolean needsRotation;

  private boolean up;
  private boolean naming;
  private boolean syncFailed;

  WalFlushObserver(WalLayout layout) {
    this.layout = layout;
  }

  /// The events of a run that ends with a crash or its end.
  List<Trace.Event> events(List<TraceStep> steps) {
    boolean first = true;
    flushes = layout.flushedTables(steps);
    for (int i = 0; i < steps.size(); i++) {
      TraceStep step = steps.get(i);
      if (step instanceof TraceStep.Told told) {
        if (told.what().equals("recovered")) {
          learnPlaces(steps, i);
        }
        if (told.what().equals("recovered") && first) {
          up = true;
          first = false;
        } else {
          told(told);
        }
      } else if (up) {
        work(step);
      } else if (step instanceof TraceStep.Deleted(Path path)) {
        drop(path);
      }
    }
    return events;
  }

  private void told(TraceStep.Told told) {
    switch (told.what()) {
      case "acknowledged" -> {
        if (told.number() > acknowledged) {
          acknowledged = told.number();
          add("Acknowledge", acknowledged);
        }
      }
      case "frozen" -> add("Freeze", told.number());
      case "recovered" -> recovered(told.number());
      case "crash" -> crashed(told.text().equals("process"));
      default -> throw new IllegalArgumentException(told.what());
    }
  }

  private void crashed(boolean process) {
    if (!up) {
      return;
    }
    if (syncFailed && process && synced < written) {
      events.add(Trace.Event.of("SyncFails"));
    }
    events.add(Trace.Event.of("Crash"));
    up = false;
    madeTables.clear();
    syncedTables.clear();
    syncFailed = false;
    naming = false;
  }

  private void recovered(long found) {
    up = true;
    put = found;
    written = found;
    synced = found;
    segments.values().removeIf(segment -> segment[0] > found);
    for (long[] segment : segments.values()) {
      segment[1] = Math.min(segment[1], found);
      segment[2] = segment[1];
    }
    needsRotation = false;
    add("Recover", found);
    List<Long> late = List.copyOf(dropped);
    dropped.clear();
    late.forEach(this::dropped);
  }

  private void work(TraceStep step) {
    switch (step) {
      case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
        if (layout.isLog(path)) {
          logWritten(path, offset, bytes);
        } else if (layout.isManifest(path)) {
          named(LogBytes.records(offset, bytes));
        }
      }
      case TraceStep.Created(Path path) -> {
        WalLayout.Flush flush = flushes.get(name(path));
        if (flush != null && madeTables.add(flush.upTo())) {
          putUpTo(flush.upTo());
          add("MakeTable", flush.upTo());
        }
      }
      case TraceStep.Synced(Path path) -> synced(path);
      case TraceStep.SyncFailed(Path path) -> syncFailed |= layout.isLog(path);
      case TraceStep.Renamed(Path from, Path _) -> drop(from);
      case TraceStep.Deleted(Path path) -> drop(path);
      default -> {
        // Folders, cuts and links mean nothing to the specification.
      }
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private void named(List<LogBytes.Logged> records) {
    for (LogBytes.Logged record : records) {
      WalLayout.Flush flush = record.type() == 0 ? layout.flush(record.bytes()) : null;
      if (flush != null) {
        naming = true;
        add("Install", flush.upTo());
      }
    }
  }

  private void synced(Path path) {
    WalLayout.Flush flush = flushes.get(name(path));
    if (layout.isLog(path)) {
      logSynced(path);
    } else if (flush != null) {
      tableSynced(name(path), flush);
    } else if (layout.isManifest(path) && naming) {
      naming = false;
      events.add(Trace.Event.of("SyncEdit"));
    }
  }

  /// The tables of one flush are one table to the specification, synced when all of them are.
  private void tableSynced(String table, WalLayout.Flush flush) {
    if (syncedTables.add(table) && syncedTables.containsAll(flush.tables())) {
      add("SyncTable", flush.upTo());
    }
  }

  private void logWritten(Path path, long offset, MemorySegment bytes) {
    long last = 0;
    for (long write : LogBytes.users(offset, bytes)) {
      putUpTo(write);
      Objects.requireNonNull(segments.get(LogBytes.number(path)))[1] = write;
      last = write;
    }
    if (last > written) {
      written = last;
      add("Write", written);
    }
  }

  /// Tells of writes, and of the segments they begin: when they reach the log, or a table before.
  private void putUpTo(long last) {
    while (put < last) {
      put++;
      Long number = places.get(put);
      if (number != null && !segments.containsKey(number)) {
        if (needsRotation) {
          add("Rotate", put);
        }
        segments.put(number, new long[] {put, put - 1, put - 1});
      }
      needsRotation = true;
      add("Put", put);
      if (layout.tellsFreezes() && endsFlush(put)) {
        add("Freeze", put);
      }
    }
  }

  /// Finds out in which segment each write of a life will stand.
  private void learnPlaces(List<TraceStep> steps, int from) {
    places.clear();
    for (int i = from; i < steps.size(); i++) {
      switch (steps.get(i)) {
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
          if (layout.isLog(path)) {
            long number = LogBytes.number(path);
            LogBytes.users(offset, bytes).forEach(write -> places.put(write, number));
          }
        }
        case TraceStep.Told told -> {
          if (told.what().equals("crash")) {
            return;
          }
        }
        default -> {
          // Only the log says where writes are.
        }
      }
    }
  }

  private boolean endsFlush(long write) {
    return flushes.values().stream().anyMatch(flush -> flush.upTo() == write);
  }

  private void logSynced(Path path) {
    long[] own = segments.get(LogBytes.number(path));
    if (own != null) {
      own[2] = own[1];
    }
    long upTo = synced;
    for (Map.Entry<Long, long[]> entry : segments.entrySet()) {
      long[] segment = entry.getValue();
      upTo = Math.max(upTo, segment[2]);
      if (segment[2] < segment[1]) {
        break;
      }
    }
    if (upTo > synced) {
      synced = upTo;
      add("Sync", synced);
    }
  }

  private void drop(Path path) {
    if (layout.isLog(path)) {
      long number = LogBytes.number(path);
      if (up) {
        dropped(number);
      } else {
        dropped.add(number);
      }
    }
  }

  private void dropped(long number) {
    if (segments.remove(number) != null) {
      Map.Entry<Long, long[]> lowest = segments.firstEntry();
      add("DropLog", lowest == null ? put + 1 : lowest.getValue()[0]);
    }
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
