package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Tells the steps of a Jungle store with one table, from the opening of a filled store to the
/// first crash, in the words of JungleSwitch: from its files, its log and the edits of its
/// manifest, read as `docs/formats/jungle.md` and `VersionEdit` draw them.
final class JungleObserver {
  private static final String TABLE = ".table";
  private static final int TABLE_NUMBERS = 11;
  private static final int NUMBER_PLACE = 2;

  private final List<TraceStep> steps;
  private final List<Trace.Event> events = new ArrayList<>();

  /// Every edit that changes tables, in order: those that were written are taken off.
  private final List<Edit> edits = new ArrayList<>();

  /// The last sequence number in each segment of the log.
  private final Map<Long, Long> segments = new HashMap<>();

  /// The numbers that the specification gives table files.
  private final Map<Long, Integer> names = new HashMap<>();

  private final Set<Path> dirty = new HashSet<>();
  private long base;
  private long logged;
  private long named;
  private long released;
  private int made;
  private boolean editWritten;
  private boolean up;

  /// A change of tables.
  ///
  /// @param flushed the sequence number up to which batches are in tables; 0 when it says nothing
  ///   of that
  private record Edit(long flushed, Set<Long> tables) {}

  JungleObserver(List<TraceStep> steps) {
    this.steps = steps;
    for (TraceStep step : steps) {
      if (step instanceof TraceStep.Written(Path path, long offset, MemorySegment bytes)) {
        if (isManifest(path)) {
          edits.addAll(edits(offset, bytes));
        } else if (LogBytes.isSegment(path)) {
          for (long write : LogBytes.users(offset, bytes)) {
            segments.put(LogBytes.number(path), write);
          }
        }
      }
    }
  }

  /// The events up to the end or the first crash, and what was found after it.
  List<Trace.Event> events() {
    for (TraceStep step : steps) {
      switch (step) {
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
          if (isManifest(path)) {
            edits(offset, bytes).forEach(this::edited);
          } else if (isTable(path)) {
            dirty.add(path);
          }
        }
        case TraceStep.Synced(Path path) -> synced(path);
        case TraceStep.Renamed(Path from, Path _) -> dropped(from);
        case TraceStep.Deleted(Path path) -> dropped(path);
        case TraceStep.Told told -> told(told);
        default -> {
          // Folders, cuts and links mean nothing to the specification.
        }
      }
    }
    return events;
  }

  private void told(TraceStep.Told told) {
    long version = told.number() - base;
    switch (told.what()) {
      case "begin" -> {
        base = told.number();
        up = true;
      }
      case "logged" -> logged(version);
      case "cursor opened" -> add("OpenCursor", version);
      case "cursor closed" -> add("CloseCursor", version);
      case "end" -> up = false;
      case "found" -> {
        logged(version);
        add("Crash", version);
      }
      default -> throw new IllegalArgumentException(told.what());
    }
  }

  /// A batch may have reached the log without its writer hearing of it.
  private void logged(long version) {
    while (logged < version) {
      logged++;
      add("LogBatch", logged);
    }
  }

  private void edited(Edit edit) {
    edits.removeFirst();
    if (!up) {
      edit.tables().forEach(table -> names.put(table, 1));
      made = 1;
      return;
    }
    editWritten = true;
    if (edit.flushed() > 0) {
      named = edit.flushed() - base;
      add("Name", named);
    } else {
      for (long table : edit.tables()) {
        add("Switch", names.getOrDefault(table, 0));
      }
    }
  }

  private void synced(Path path) {
    if (!up) {
      dirty.remove(path);
    } else if (isManifest(path) && editWritten) {
      editWritten = false;
      events.add(Trace.Event.of("SyncEdit"));
    } else if (isTable(path) && dirty.remove(path)) {
      tableSynced(number(path));
    }
  }

  /// The batch that was synced is the one that the next edit names; without one a crash came first.
  private void tableSynced(long table) {
    if (edits.isEmpty() || !edits.getFirst().tables().contains(table)) {
      return;
    }
    Edit edit = edits.getFirst();
    if (names.containsKey(table)) {
      logged(edit.flushed() - base);
      add("AppendBatch", edit.flushed() - base);
    } else {
      made++;
      names.put(table, made);
      add("BeginCopy", made);
    }
    add("SyncFile", names.getOrDefault(table, 0));
  }

  private void dropped(Path path) {
    if (!up) {
      return;
    }
    if (isTable(path)) {
      Integer name = names.get(number(path));
      if (name != null) {
        add("Unlink", name);
      }
    } else if (LogBytes.isSegment(path)) {
      long last = segments.getOrDefault(LogBytes.number(path), base) - base;
      if (last > 0) {
        add(released < named ? "Release" : "Released", last);
        released = named;
      }
    }
  }

  private static boolean isManifest(Path path) {
    return String.valueOf(path.getFileName()).startsWith("MANIFEST-");
  }

  private static boolean isTable(Path path) {
    return String.valueOf(path.getFileName()).endsWith(TABLE);
  }

  private static long number(Path path) {
    String name = String.valueOf(path.getFileName());
    return Long.parseLong(name.substring(0, name.length() - TABLE.length()));
  }

  private static List<Edit> edits(long offset, MemorySegment bytes) {
    List<Edit> found = new ArrayList<>();
    for (LogBytes.Logged record : LogBytes.records(offset, bytes)) {
      if (record.type() == 0) {
        Edit edit = edit(ByteBuffer.wrap(record.bytes()).order(ByteOrder.LITTLE_ENDIAN));
        if (!edit.tables().isEmpty()) {
          found.add(edit);
        }
      }
    }
    return found;
  }

  private static Edit edit(ByteBuffer in) {
    in.get();
    in.getLong();
    long flushed = in.getLong();
    in.getLong();
    int groups = (int) in.getLong();
    in.position(in.position() + 16 * groups);
    Set<Long> tables = new HashSet<>();
    for (long added = in.getLong(); added > 0; added--) {
      int begin = in.position();
      tables.add(in.getLong(begin + NUMBER_PLACE * Long.BYTES));
      in.position(begin + TABLE_NUMBERS * Long.BYTES);
      skipKey(in);
      skipKey(in);
    }
    return new Edit(flushed, tables);
  }

  private static void skipKey(ByteBuffer in) {
    int length = (int) in.getLong();
    in.position(in.position() + Math.max(0, length));
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
