package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Tells the steps of a state machine store in the words of SnapshotInstall: the switch of
/// directories from what happens on the disk, as `StateDirectories` draws it, the rest from what
/// the driver says.
final class SnapshotObserver {
  private static final String PREFIX = "state-";
  private static final String POINTER = "CURRENT";
  private static final String NEXT = "CURRENT.tmp";
  private static final String LOCK = "LOCK";

  private final List<Trace.Event> events = new ArrayList<>();

  /// Of each directory that is there the number that the specification gives it.
  private final Map<Long, Long> names = new HashMap<>(Map.of(1L, 1L));

  /// Files of the incoming directory that no sync has reached since they were changed, and files
  /// whose names no sync of their folder has.
  private final Set<Path> unsynced = new HashSet<>();

  private final Set<Path> unnamed = new HashSet<>();

  private long made = 1;
  private long pointer = 1;
  private long incoming;
  private long flushing;
  private boolean complete;
  private boolean stateSynced;
  private boolean renamed;
  private boolean up;
  private boolean crashed;

  /// The events up to the last recovery.
  List<Trace.Event> events(List<TraceStep> steps) {
    for (TraceStep step : steps) {
      if (step instanceof TraceStep.Told told) {
        told(told);
      } else if (up) {
        work(step);
      }
    }
    return events;
  }

  private void told(TraceStep.Told told) {
    switch (told.what()) {
      case "recovered" -> recovered(told);
      case "crash" -> {
        crashed = true;
        up = false;
      }
      case "flushing" -> flushing = told.number();
      case "Flush" -> {
        flushing = 0;
        add("Flush", told.number());
      }
      case "BeginInstall" -> {
        made++;
        incoming = 0;
        complete = false;
        stateSynced = false;
        unsynced.clear();
        unnamed.clear();
        add("BeginInstall", told.number());
      }
      case "Complete" -> {
        complete = true;
        add("Complete", -1);
      }
      default -> add(told.what(), told.number());
    }
  }

  /// A crash within a flush leaves the state before it or the one after it.
  private void recovered(TraceStep.Told told) {
    if (crashed) {
      if (flushing > 0 && told.number() == flushing) {
        add("Flush", flushing);
      }
      add("Crash", -1);
      events.add(new Trace.Event("Recover", told.number(), told.text()));
    }
    flushing = 0;
    complete = false;
    renamed = false;
    crashed = false;
    up = true;
  }

  private void work(TraceStep step) {
    switch (step) {
      case TraceStep.Created(Path path) -> created(path);
      case TraceStep.Written(Path path, long _, var _) -> {
        if (isNamed(path, NEXT)) {
          add("WriteNext", -1);
        } else {
          changed(path);
        }
      }
      case TraceStep.Cut(Path path, long _) -> changed(path);
      case TraceStep.Synced(Path path) -> {
        unsynced.remove(path);
        if (isNamed(path, NEXT)) {
          add("SyncNext", -1);
        }
      }
      case TraceStep.FolderSynced(Path path) -> folderSynced(path);
      case TraceStep.Renamed(Path from, Path to) -> {
        if (isNamed(from, NEXT) && isNamed(to, POINTER)) {
          renamed = true;
          add("Rename", -1);
        } else if (number(to) == incoming) {
          unnamed.add(to);
          if (unsynced.remove(from)) {
            unsynced.add(to);
          }
        }
      }
      case TraceStep.Deleted(Path path) -> {
        unsynced.remove(path);
        unnamed.remove(path);
        Long name = names.get(number(path));
        if (name != null && number(path) != incoming) {
          names.remove(number(path));
          add("DeleteState", name);
        }
      }
      default -> {
        // Links and failed syncs are not made here.
      }
    }
  }

  /// While a snapshot comes, new files are those of the directory that it fills.
  private void created(Path path) {
    long number = number(path);
    if (incoming == 0 && number != 0) {
      incoming = number;
      names.put(number, made);
    }
    if (number == incoming && !isNamed(path, LOCK)) {
      unnamed.add(path);
    }
  }

  private void changed(Path path) {
    if (number(path) == incoming && !isNamed(path, LOCK)) {
      unsynced.add(path);
    }
  }

  private void folderSynced(Path path) {
    unnamed.removeIf(file -> path.equals(file.getParent()));
    if (number(path) != 0) {
      return;
    }
    if (renamed) {
      renamed = false;
      pointer = incoming;
      add("SyncFolder", -1);
    } else if (complete && !stateSynced && isSynced()) {
      stateSynced = true;
      add("SyncState", -1);
    }
  }

  private boolean isSynced() {
    return incoming != pointer && unsynced.isEmpty() && unnamed.isEmpty();
  }

  private static boolean isNamed(Path path, String name) {
    return String.valueOf(path.getFileName()).equals(name);
  }

  /// The number of the state directory that a path is or lies in; 0 for none.
  private static long number(Path path) {
    for (Path part : path) {
      if (part.toString().startsWith(PREFIX)) {
        return Long.parseLong(part.toString().substring(PREFIX.length()), 16);
      }
    }
    return 0;
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
