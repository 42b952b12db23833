package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Tells the steps of a Bitcask store, from its making to its first crash, in the words of
/// BitcaskMerge: from the bytes that it writes, read by [BitcaskBytes].
final class BitcaskObserver {
  private final List<TraceStep> steps;
  private final List<Trace.Event> events = new ArrayList<>();

  /// What all the steps say together: the base sequence of each file, what stands in copies, which
  /// copies take the place of which files.
  private final Map<Integer, Long> bases = new HashMap<>();

  private final Map<Integer, List<BitcaskBytes.Change>> contents = new HashMap<>();
  private final Map<Integer, Merge> merges = new HashMap<>();

  /// The numbers that the specification gives the files.
  private final Map<Integer, Integer> names = new HashMap<>();

  /// The last sequence in each append file, and up to where it is synced.
  private final TreeMap<Integer, long[]> appended = new TreeMap<>();

  private final Set<Merge> synced = new HashSet<>();
  private final List<Trace.Event> atManifestSync = new ArrayList<>();
  private int made;
  private int active;
  private int spare;
  private long syncedUpTo;

  /// A merge whose edit was written.
  private record Merge(Set<Integer> victims, Set<Integer> copies) {}

  BitcaskObserver(List<TraceStep> steps) {
    this.steps = steps;
    steps.forEach(this::learn);
  }

  private void learn(TraceStep step) {
    if (!(step instanceof TraceStep.Written(Path path, long offset, MemorySegment bytes))) {
      return;
    }
    if (BitcaskBytes.isData(path)) {
      contents
          .computeIfAbsent(BitcaskBytes.number(path), _ -> new ArrayList<>())
          .addAll(BitcaskBytes.records(offset, bytes));
    } else if (isManifest(path)) {
      Set<Integer> victims = new HashSet<>();
      Set<Integer> copies = new HashSet<>();
      for (BitcaskBytes.Edit edit : BitcaskBytes.edits(offset, bytes)) {
        switch (edit) {
          case BitcaskBytes.Edit.Drop(int number) -> victims.add(number);
          case BitcaskBytes.Edit.Named file -> {
            bases.put(file.number(), file.base());
            if (file.merged()) {
              copies.add(file.number());
            }
          }
        }
      }
      Merge merge = new Merge(victims, copies);
      copies.forEach(copy -> merges.put(copy, merge));
    }
  }

  /// The events up to the first crash, and what was found after it.
  List<Trace.Event> events() {
    for (TraceStep step : steps) {
      switch (step) {
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
          if (BitcaskBytes.isData(path)) {
            dataWritten(BitcaskBytes.number(path), BitcaskBytes.records(offset, bytes));
          } else if (isManifest(path)) {
            named(BitcaskBytes.edits(offset, bytes));
          }
        }
        case TraceStep.Created(Path path) -> {
          Merge merge = BitcaskBytes.isData(path) ? merges.get(BitcaskBytes.number(path)) : null;
          if (merge != null) {
            begin(merge);
          }
        }
        case TraceStep.Synced(Path path) -> synced(path);
        case TraceStep.Deleted(Path path) -> {
          Integer name = BitcaskBytes.isData(path) ? names.get(BitcaskBytes.number(path)) : null;
          if (name != null) {
            add("Unlink", name);
          }
        }
        case TraceStep.Told told -> told(told);
        default -> {
          // Folders, renames, cuts and links mean nothing to the specification.
        }
      }
    }
    return events;
  }

  private void told(TraceStep.Told told) {
    if (told.what().equals("durable")) {
      add("Durable", told.number());
    } else if (told.what().equals("found")) {
      events.add(new Trace.Event("Crash", told.number(), told.text()));
    }
  }

  private void dataWritten(int file, List<BitcaskBytes.Change> records) {
    if (merges.containsKey(file) || !names.containsKey(file)) {
      return;
    }
    for (BitcaskBytes.Change record : records) {
      if (file != active) {
        roll(file);
      }
      long sequence = base(file) + record.delta();
      appended.computeIfAbsent(file, _ -> new long[2])[0] = sequence;
      String fields = "k |-> \"" + record.key() + "\", del |-> " + bool(record.isDelete());
      events.add(new Trace.Event("Write", sequence, fields));
    }
  }

  private void roll(int file) {
    active = file;
    spare = 0;
    add("Roll", name(file));
  }

  private void named(List<BitcaskBytes.Edit> edits) {
    Merge merge = null;
    Set<Integer> dropped = new HashSet<>();
    for (BitcaskBytes.Edit edit : edits) {
      switch (edit) {
        case BitcaskBytes.Edit.Drop(int number) -> dropped.add(number);
        case BitcaskBytes.Edit.Named file -> {
          if (file.merged()) {
            merge = merges.get(file.number());
          } else if (file.sealed()) {
            if (file.number() == active) {
              roll(spare);
            }
            atManifestSync.add(Trace.Event.of("Seal", name(file.number())));
          } else if (!names.containsKey(file.number())) {
            names.put(file.number(), ++made);
            if (made == 1) {
              active = file.number();
            } else {
              if (spare != 0) {
                roll(spare);
              }
              spare = file.number();
              atManifestSync.add(Trace.Event.of("Prepare", made));
            }
          }
        }
      }
    }
    if (merge == null) {
      forgetEmpty(dropped);
    }
    if (!dropped.isEmpty()) {
      if (merge == null) {
        merge = new Merge(dropped, Set.of());
        begin(merge);
        add("SyncOutput", made);
      }
      add("Install", made);
      atManifestSync.add(Trace.Event.of("SyncEdit"));
    }
  }

  /// An append file that was never written to goes when the store is closed; to the specification
  /// it stays.
  private void forgetEmpty(Set<Integer> dropped) {
    dropped.removeIf(
        file -> {
          boolean empty = contents.getOrDefault(file, List.of()).isEmpty();
          if (empty) {
            names.remove(file);
          }
          return empty;
        });
  }

  /// The copies of one merge are one file to the specification.
  private void begin(Merge merge) {
    if (merge.copies().stream().anyMatch(names::containsKey)) {
      return;
    }
    made++;
    merge.copies().forEach(copy -> names.put(copy, made));
    Map<String, String> records = new LinkedHashMap<>();
    for (int copy : merge.copies()) {
      for (BitcaskBytes.Change record : contents.getOrDefault(copy, List.of())) {
        long sequence = base(copy) + record.delta();
        String text =
            "[k |-> \"%s\", s |-> %d, del |-> %s]"
                .formatted(record.key(), sequence, bool(record.isDelete()));
        records.put(text, text);
      }
    }
    String victims =
        merge.victims().stream()
            .map(number -> String.valueOf(name(number)))
            .sorted()
            .collect(Collectors.joining(", "));
    String fields = "v |-> {" + victims + "}, c |-> {" + String.join(", ", records.keySet()) + "}";
    events.add(new Trace.Event("BeginMerge", made, fields));
  }

  private void synced(Path path) {
    if (isManifest(path)) {
      events.addAll(atManifestSync);
      atManifestSync.clear();
    } else if (BitcaskBytes.isData(path)) {
      int file = BitcaskBytes.number(path);
      Merge merge = merges.get(file);
      if (merge != null) {
        if (synced.add(merge)) {
          add("SyncOutput", name(file));
        }
      } else {
        long[] own = appended.get(file);
        if (own != null) {
          own[1] = own[0];
          appendSynced();
        }
      }
    }
  }

  private void appendSynced() {
    long upTo = syncedUpTo;
    for (long[] file : appended.values()) {
      upTo = Math.max(upTo, file[1]);
      if (file[1] < file[0]) {
        break;
      }
    }
    if (upTo > syncedUpTo) {
      syncedUpTo = upTo;
      add("Sync", upTo);
    }
  }

  private int name(int file) {
    Integer name = names.get(file);
    if (name == null) {
      throw new IllegalStateException("data file " + file + " was never named");
    }
    return name;
  }

  private long base(int file) {
    return bases.getOrDefault(file, 0L);
  }

  private static String bool(boolean value) {
    return value ? "TRUE" : "FALSE";
  }

  private static boolean isManifest(Path path) {
    return String.valueOf(path.getFileName()).startsWith("MANIFEST-");
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
