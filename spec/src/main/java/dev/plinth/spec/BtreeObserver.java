package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Tells the steps of a B-tree, from the opening of a filled tree to the first crash, in the words
/// of BtreeMeta: from the pages and slots that it writes, read by [BtreeBytes].
final class BtreeObserver {
  private static final String TREE = "TREE";

  private final List<Trace.Event> events = new ArrayList<>();

  /// What the file shows, by the number of the page.
  private final Map<Long, BtreeBytes.Page> pages = new HashMap<>();

  /// The keys of each leaf, in order: what tells leaves apart.
  private final List<List<String>> leaves = new ArrayList<>();

  /// The numbers that the specification gives pages.
  private final Map<Long, Integer> names = new HashMap<>();

  private final int pageBytes;
  private BtreeBytes.@Nullable Meta meta;
  private long base;
  private long committed;
  private long writing;
  private boolean pagesWritten;
  private boolean up;

  /// @param pageBytes the size of pages
  BtreeObserver(int pageBytes) {
    this.pageBytes = pageBytes;
  }

  /// The events up to the end or the first crash, and what was found after it.
  List<Trace.Event> events(List<TraceStep> steps) {
    for (TraceStep step : steps) {
      switch (step) {
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) -> {
          if (isTree(path)) {
            written(offset, bytes.toArray(ValueLayout.JAVA_BYTE));
          }
        }
        case TraceStep.Synced(Path path) -> {
          if (up && isTree(path)) {
            synced();
          }
        }
        case TraceStep.Told told -> told(told);
        default -> {
          // The tree is one file: nothing else means anything to the specification.
        }
      }
    }
    return events;
  }

  private static boolean isTree(Path path) {
    return String.valueOf(path.getFileName()).startsWith(TREE);
  }

  private void told(TraceStep.Told told) {
    switch (told.what()) {
      case "begin" -> begin();
      case "acknowledged" -> add("Acknowledge", told.number());
      case "reading" -> add("BeginRead", told.number());
      case "read" -> add("EndRead", told.number());
      case "end" -> up = false;
      case "found" -> found(told);
      default -> throw new IllegalArgumentException(told.what());
    }
  }

  /// The leaves of the tree that was opened are the first pages of the specification.
  private void begin() {
    BtreeBytes.Meta opened = Objects.requireNonNull(meta);
    if (opened.pageBytes() != pageBytes) {
      throw new IllegalStateException("the tree has pages of " + opened.pageBytes() + " bytes");
    }
    base = opened.commit();
    walk(opened.root());
    up = true;
  }

  private void walk(long number) {
    BtreeBytes.Page page = Objects.requireNonNull(pages.get(number));
    if (page.leaf()) {
      leaves.add(page.keys());
      names.put(number, leaves.size());
    } else {
      page.children().forEach(this::walk);
    }
  }

  private void written(long offset, byte[] bytes) {
    if (offset < BtreeBytes.PAGES_OFFSET) {
      metaWritten(BtreeBytes.meta(bytes));
      return;
    }
    for (int at = 0; at + pageBytes <= bytes.length; at += pageBytes) {
      long number = (offset + at) / pageBytes;
      BtreeBytes.Page page = BtreeBytes.page(Arrays.copyOfRange(bytes, at, at + pageBytes), number);
      if (page != null) {
        pages.put(number, page);
        changed(page);
      }
    }
  }

  /// The first write of a new file makes both slots zeros.
  private void metaWritten(BtreeBytes.Meta written) {
    if (written.pageBytes() == 0) {
      return;
    }
    meta = written;
    long commit = written.commit() - base;
    if (up && commit > committed) {
      writing = commit;
      add("WriteMeta", commit);
    }
  }

  private void changed(BtreeBytes.Page page) {
    if (!up || !page.leaf()) {
      return;
    }
    int leaf = leaves.indexOf(page.keys()) + 1;
    if (leaf == 0) {
      throw new IllegalStateException("no leaf had the keys " + page.keys() + ": " + leaves);
    }
    int name = names.computeIfAbsent(page.number(), _ -> names.size() + 1);
    pagesWritten = true;
    events.add(new Trace.Event("Change", -1, "l |-> " + leaf + ", p |-> " + name));
  }

  private void synced() {
    if (writing > 0) {
      committed = writing;
      add("SyncMeta", writing);
      writing = 0;
      pagesWritten = false;
    } else if (pagesWritten) {
      pagesWritten = false;
      events.add(Trace.Event.of("SyncPages"));
    }
  }

  /// The newest value of a leaf tells in which commit it was changed last.
  private void found(TraceStep.Told told) {
    List<String> commits = List.of(told.text().split(" ", -1));
    List<String> keys = leaves.stream().flatMap(List::stream).toList();
    String at =
        leaves.stream()
            .map(
                leaf ->
                    leaf.stream()
                        .mapToLong(key -> Long.parseLong(commits.get(keys.indexOf(key))))
                        .max()
                        .orElseThrow())
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    events.add(new Trace.Event("Crash", told.number(), "at |-> <<" + at + ">>"));
  }

  private void add(String name, long number) {
    events.add(Trace.Event.of(name, number));
  }
}
